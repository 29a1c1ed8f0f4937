package tsidp.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import tsidp.json.JsonException;
import tsidp.json.JsonObject;
import tsidp.json.JsonReader;
import tsidp.json.JsonWriter;

/// Reads a ledger: each line is a checksum (CRC-32C, 8 hexadecimal digits), a space and a JSON object. The checksum is
/// against accidents; nobody else can write the file.
record LedgerReader(Path file, JsonObject header) {

    /// Ours: six times what a sign-in may take on the heap, since an escape turns one byte into six. A longer line is
    /// neither written nor read.
    private static final int MAX_LINE_BYTES = 1 << 20;

    /// How records begin that have a key: see `Ledger.open`.
    private static final byte[] PUT = "{\"put\":{\"id\":\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] REMOVE = "{\"remove\":\"".getBytes(StandardCharsets.US_ASCII);

    /// The line of a record, with its line feed; empty if [#read] would refuse it.
    static Optional<String> line(JsonObject record) {
        if (record.depth() > JsonReader.MAX_DEPTH) {
            return Optional.empty();
        }
        String json = JsonWriter.write(record);
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        return 9 + bytes.length > MAX_LINE_BYTES ? Optional.empty()
                : Optional.of(checksum(bytes) + " " + json + "\n");
    }

    private static String checksum(byte[] json) {
        var crc = new CRC32C();
        crc.update(json);
        return HexFormat.of().toHexDigits((int) crc.getValue());
    }

    /// How much was read, in bytes.
    ///
    /// @param length of the intact part
    /// @param liveLength of the header and the records that were replayed
    record Read(long length, long liveLength) {
    }

    /// Passes the latest record of each key to `replay`. A damaged record is an incomplete end of the file if no intact
    /// record follows it; otherwise the file is damaged.
    ///
    /// The file is read twice: most of its records are obsolete, and only those that are not are parsed and kept.
    Read read(FileChannel channel, Consumer<JsonObject> replay) throws IOException {
        var lines = new Lines(Channels.newInputStream(channel.position(0)));
        byte[] first = lines.next();
        if (!isIntact(first) || !record(first).equals(Optional.of(header))) {
            throw new StoreException(file + " has no tsidp header: it belongs to another program, or is damaged");
        }
        Map<String, Long> latest = new HashMap<>();
        long length = first.length + 1L;
        int number = 1;
        boolean torn = false;
        for (byte[] line = lines.next(); line.length > 0; line = lines.next()) {
            number++;
            if (!isIntact(line)) {
                torn = true;
            } else if (torn) {
                throw damaged("before line " + number);
            } else {
                latest.put(key(line), length);
                length += line.length + 1L;
            }
        }
        return new Read(length, replay(channel, latest, first.length + 1L, length, replay));
    }

    private long replay(FileChannel channel, Map<String, Long> latest, long from, long to,
            Consumer<JsonObject> replay) throws IOException {
        var lines = new Lines(Channels.newInputStream(channel.position(from)));
        long live = from;
        byte[] line;
        for (long offset = from; offset < to; offset += line.length + 1L) {
            line = lines.next();
            String key = key(line);
            if (key.isEmpty() || latest.get(key) == offset && !startsWith(line, REMOVE)) {
                replay.accept(record(line).orElseThrow(() -> damaged("in a record")));
                live += line.length + 1L;
            }
        }
        return live;
    }

    private StoreException damaged(String where) {
        return new StoreException(file + " is damaged " + where + ": restore it from a backup, or move it away (then"
                + " everybody signs in again)");
    }

    /// The key of a record, without parsing it; empty if it is in none of our two forms.
    private static String key(byte[] line) {
        int start = 9 + (startsWith(line, PUT) ? PUT.length : startsWith(line, REMOVE) ? REMOVE.length : line.length);
        int end = start;
        while (end < line.length && line[end] != '"') {
            if (line[end++] == '\\') {
                return "";
            }
        }
        return end < line.length ? new String(line, start, end - start, StandardCharsets.UTF_8) : "";
    }

    private static boolean startsWith(byte[] line, byte[] form) {
        return line.length > 9 + form.length
                && Arrays.equals(line, 9, 9 + form.length, form, 0, form.length);
    }

    /// The lines of a file.
    private final class Lines {

        private final InputStream in;
        private byte[] buffer = new byte[1 << 16];
        private int start;
        private int end;

        Lines(InputStream in) {
            this.in = in;
        }

        /// A line without its line feed; one byte longer if it has none, so that its checksum fails. Empty at the end.
        byte[] next() throws IOException {
            int feed = start;
            while (true) {
                while (feed < end && buffer[feed] != '\n') {
                    feed++;
                }
                if (feed < end) {
                    byte[] line = Arrays.copyOfRange(buffer, start, feed == start ? start + 1 : feed);
                    start = feed + 1;
                    return line;
                }
                feed -= start;
                if (!fill()) {
                    buffer[end] = 0;
                    byte[] line = Arrays.copyOf(buffer, end == 0 ? 0 : end + 1);
                    end = 0;
                    return line;
                }
            }
        }

        /// Moves the incomplete line to the start of the buffer, and reads on; returns whether there was more.
        private boolean fill() throws IOException {
            end -= start;
            System.arraycopy(buffer, start, buffer, 0, end);
            start = 0;
            if (end > MAX_LINE_BYTES) {
                throw new StoreException(file + " has a line of more than " + MAX_LINE_BYTES + " bytes: it is damaged");
            }
            if (end == buffer.length) {
                buffer = Arrays.copyOf(buffer, 2 * end);
            }
            int count = in.read(buffer, end, buffer.length - end);
            end += Math.max(0, count);
            return count >= 0;
        }
    }

    private static boolean isIntact(byte[] line) {
        return line.length >= 10 && line[8] == ' ' && new String(line, 0, 8, StandardCharsets.US_ASCII)
                .equals(checksum(Arrays.copyOfRange(line, 9, line.length)));
    }

    private static Optional<JsonObject> record(byte[] line) {
        try {
            return Optional.of(JsonReader.readObject(Arrays.copyOfRange(line, 9, line.length)));
        } catch (JsonException damaged) {
            return Optional.empty();
        }
    }
}

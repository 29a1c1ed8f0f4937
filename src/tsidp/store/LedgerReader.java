package tsidp.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
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

    /// The bytes of a line before its JSON: the checksum and the space.
    private static final int SUM = 9;

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
        return SUM + bytes.length > MAX_LINE_BYTES ? Optional.empty()
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

    /// Where a record is that no later one replaces.
    private record Place(long offset, int length) {
    }

    /// Passes the latest record of each key to `replay`. A damaged record is an incomplete end of the file if no intact
    /// record follows it; otherwise the file is damaged.
    ///
    /// Most records are obsolete: only those that are not are read again, parsed and kept.
    Read read(FileChannel channel, Consumer<JsonObject> replay) throws IOException {
        var lines = new Lines(Channels.newInputStream(channel.position(0)));
        if (!lines.next() || !lines.isIntact() || !record(lines.json()).equals(Optional.of(header))) {
            throw new StoreException(file + " has no tsidp header: it belongs to another program, or is damaged");
        }
        Map<String, Place> latest = new HashMap<>();
        long start = lines.length() + 1L;
        long length = start;
        boolean torn = false;
        for (int number = 2; lines.next(); number++) {
            if (!lines.isIntact()) {
                torn = true;
            } else if (torn) {
                throw damaged("before line " + number);
            } else {
                lines.note(latest, length);
                length += lines.length() + 1L;
            }
        }
        return new Read(length, start + replay(channel, latest.values(), replay));
    }

    private long replay(FileChannel channel, Collection<Place> places, Consumer<JsonObject> replay) throws IOException {
        long live = 0;
        for (Place place : places.stream().sorted(Comparator.comparingLong(Place::offset)).toList()) {
            var line = ByteBuffer.allocate(place.length());
            while (line.hasRemaining() && channel.read(line, place.offset() + line.position()) > 0) {
                live += line.hasRemaining() ? 0 : place.length() + 1L;
            }
            replay.accept(record(Arrays.copyOfRange(line.array(), SUM, place.length()))
                    .orElseThrow(() -> damaged("in a record")));
        }
        return live;
    }

    private StoreException damaged(String where) {
        return new StoreException(file + " is damaged " + where + ": restore it from a backup, or move it away (then"
                + " everybody signs in again)");
    }

    /// The lines of a file, one after the other.
    private final class Lines {

        private final InputStream in;
        private final CRC32C crc = new CRC32C();
        private byte[] buffer = new byte[1 << 16];
        private int start;
        private int feed = -1;
        private int end;

        Lines(InputStream in) {
            this.in = in;
        }

        /// Goes to the next line; returns whether there is one. One without a line feed is there and not intact.
        boolean next() throws IOException {
            start = feed + 1;
            feed = start;
            while (true) {
                while (feed < end && buffer[feed] != '\n') {
                    feed++;
                }
                if (feed < end) {
                    return true;
                }
                if (!fill()) {
                    feed = end;
                    return start < end;
                }
            }
        }

        /// Moves the incomplete line to the start of the buffer, and reads on; returns whether there was more.
        private boolean fill() throws IOException {
            end = Math.max(0, end - start);
            System.arraycopy(buffer, start, buffer, 0, end);
            start = 0;
            feed = end;
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

        /// In bytes, without its line feed.
        int length() {
            return feed - start;
        }

        boolean isIntact() {
            if (feed == end || length() < SUM + 1 || buffer[start + SUM - 1] != ' ') {
                return false;
            }
            crc.reset();
            crc.update(buffer, start + SUM, length() - SUM);
            long written = 0;
            for (int i = start; i < start + SUM - 1; i++) {
                int digit = "0123456789abcdef".indexOf(buffer[i]);
                if (digit < 0) {
                    return false;
                }
                written = written << 4 | digit;
            }
            return written == crc.getValue();
        }

        byte[] json() {
            return Arrays.copyOfRange(buffer, start + SUM, feed);
        }

        /// Notes a record without parsing it, in the place of the one that it replaces or removes. One in none of our
        /// two forms replaces nothing.
        void note(Map<String, Place> latest, long offset) {
            boolean removes = startsWith(REMOVE);
            String key = removes ? key(REMOVE.length) : startsWith(PUT) ? key(PUT.length) : "";
            if (removes && !key.isEmpty()) {
                latest.remove(key);
            } else {
                // No key has a line feed.
                latest.put(key.isEmpty() ? "\n" + offset : key, new Place(offset, length()));
            }
        }

        private boolean startsWith(byte[] form) {
            int json = start + SUM;
            return json + form.length < feed
                    && Arrays.equals(buffer, json, json + form.length, form, 0, form.length);
        }

        private String key(int formLength) {
            int begin = start + SUM + formLength;
            int quote = begin;
            while (quote < feed && buffer[quote] != '"') {
                if (buffer[quote++] == '\\') {
                    return "";
                }
            }
            return quote < feed ? new String(buffer, begin, quote - begin, StandardCharsets.UTF_8) : "";
        }
    }

    private static Optional<JsonObject> record(byte[] json) {
        try {
            return Optional.of(JsonReader.readObject(json));
        } catch (JsonException damaged) {
            return Optional.empty();
        }
    }
}

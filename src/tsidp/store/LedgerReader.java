package tsidp.store;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
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

    /// Passes each record to `replay`; returns the length in bytes of the intact part. A damaged record is an
    /// incomplete end of the file if no intact record follows it; otherwise the file is damaged.
    long read(FileChannel channel, Consumer<JsonObject> replay) throws IOException, StoreException {
        var in = new BufferedInputStream(Channels.newInputStream(channel.position(0)), 1 << 16);
        byte[] first = nextLine(in);
        if (!record(first).equals(Optional.of(header))) {
            throw new StoreException(file + " has no tsidp header: it belongs to another program, or is damaged");
        }
        long whole = first.length + 1L;
        int number = 1;
        boolean torn = false;
        for (byte[] line = nextLine(in); line.length > 0; line = nextLine(in)) {
            number++;
            Optional<JsonObject> record = record(line);
            if (record.isEmpty()) {
                torn = true;
            } else if (torn) {
                throw new StoreException(file + " is damaged before line " + number + ": restore it from a backup, or"
                        + " move it away (then everybody signs in again)");
            } else {
                replay.accept(record.get());
                whole += line.length + 1L;
            }
        }
        return whole;
    }

    /// A line without its line feed; one byte longer if it has none, so that its checksum fails. Empty at the end.
    private byte[] nextLine(InputStream in) throws IOException, StoreException {
        var line = new ByteArrayOutputStream(1024);
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                if (line.size() > 0) {
                    line.write(0);
                }
                return line.toByteArray();
            }
            line.write(b);
            if (line.size() > MAX_LINE_BYTES) {
                throw new StoreException(file + " has a line of more than " + MAX_LINE_BYTES + " bytes: it is damaged");
            }
        }
        return line.size() == 0 ? new byte[] {0} : line.toByteArray();
    }

    private static Optional<JsonObject> record(byte[] line) {
        if (line.length < 10 || line[8] != ' ') {
            return Optional.empty();
        }
        byte[] json = Arrays.copyOfRange(line, 9, line.length);
        if (!new String(line, 0, 8, StandardCharsets.US_ASCII).equals(checksum(json))) {
            return Optional.empty();
        }
        try {
            return Optional.of(JsonReader.readObject(json));
        } catch (JsonException damaged) {
            return Optional.empty();
        }
    }
}

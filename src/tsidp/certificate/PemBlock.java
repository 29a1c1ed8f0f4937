package tsidp.certificate;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/// One block of PEM text (RFC 7468 §2).
record PemBlock(String label, byte[] der) {

    private static final String BEGIN = "-----BEGIN ";
    private static final String END = "-----END ";
    private static final String DASHES = "-----";

    /// The blocks of a text, in order. Text around them is skipped, as RFC 7468 §2 requires.
    ///
    /// @throws IllegalArgumentException if a block does not end or is not base64; the message does not quote it
    static List<PemBlock> read(String text) {
        var blocks = new ArrayList<PemBlock>();
        int begin = text.indexOf(BEGIN);
        while (begin >= 0) {
            int label = begin + BEGIN.length();
            int labelEnd = text.indexOf(DASHES, label);
            String name = labelEnd < 0 ? "" : text.substring(label, labelEnd);
            String last = END + name + DASHES;
            int end = text.indexOf(last, label);
            if (labelEnd < 0 || end < labelEnd) {
                throw new IllegalArgumentException("a PEM block does not end");
            }
            blocks.add(new PemBlock(name, decode(text.substring(labelEnd + DASHES.length(), end))));
            begin = text.indexOf(BEGIN, end + last.length());
        }
        return blocks;
    }

    private static byte[] decode(String lines) {
        try {
            return Base64.getDecoder().decode(lines.replaceAll("[\\r\\n]", ""));
        } catch (IllegalArgumentException malformed) {
            // The decoder's message quotes a character of the input, which may be a key.
            throw new IllegalArgumentException("a PEM block is not base64");
        }
    }
}

package tsidp.client;

import java.text.Normalizer;

/// The name that a self-registered client chose. It appears on our own pages, where a check mark, a wide space or a
/// change of the writing direction would look like ours. RFC 7591 §5 says to treat such names with care.
final class ClientName {

    /// Ours, in characters.
    private static final int MAX_LENGTH = 64;

    /// Ours: combining marks on one letter; Vietnamese and Thai need two.
    private static final int MAX_MARKS = 2;

    /// Ours: enough for names like R&D wiki (test) #2.
    private static final String PUNCTUATION = ".,:-_'()&+#!";

    /// Letters by Unicode category that are displayed as blanks: the Hangul fillers.
    private static final String INVISIBLE = "\u115f\u1160";

    private ClientName() {
    }

    /// The letters and digits of any script, common punctuation and single spaces of a text; the rest is dropped.
    /// Compatibility forms, such as bold letters and ligatures, become plain letters first (NFKC).
    static String cleaned(String text) {
        var name = new StringBuilder();
        int length = 0;
        int marks = MAX_MARKS;
        for (int c : Normalizer.normalize(text, Normalizer.Form.NFKC).codePoints().toArray()) {
            boolean isMark = isMark(c);
            boolean isBlank = Character.isWhitespace(c) || Character.isSpaceChar(c);
            if (length == MAX_LENGTH || isBlank && (name.isEmpty() || name.charAt(name.length() - 1) == ' ')
                    || isMark && marks == MAX_MARKS || !isMark && !isBlank && !isPlain(c)) {
                continue;
            }
            marks = isMark ? marks + 1 : Character.isLetter(c) ? 0 : MAX_MARKS;
            name.appendCodePoint(isBlank ? ' ' : c);
            length++;
        }
        return name.toString().strip();
    }

    private static boolean isMark(int c) {
        return switch (Character.getType(c)) {
            case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK -> true;
            default -> false;
        };
    }

    private static boolean isPlain(int c) {
        return INVISIBLE.indexOf(c) < 0 && (Character.isLetterOrDigit(c) || PUNCTUATION.indexOf(c) >= 0);
    }
}

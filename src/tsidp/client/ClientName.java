package tsidp.client;

import java.text.Normalizer;

/// The name that a client that registered itself chose. It stands on our own pages, where a check mark, a wide blank or
/// a change of the writing direction would speak for us. RFC 7591 §5 asks us to show such names with care.
final class ClientName {

    /// Ours, in characters.
    private static final int MAX_LENGTH = 64;

    /// Ours: signs on one letter; Vietnamese and Thai need two.
    private static final int MAX_MARKS = 2;

    /// Ours: enough for names like R&D wiki (test) #2.
    private static final String PUNCTUATION = ".,:-_'()&+#!";

    /// Letters by Unicode's category that show as a blank: the Hangul fillers.
    private static final String INVISIBLE = "\u115f\u1160";

    private ClientName() {
    }

    /// The letters and digits of any script, common punctuation and single blanks of a text; the rest is dropped.
    /// Compatibility forms, such as bold letters and one-letter sentences, become plain letters first (NFKC).
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

package tsidp.jose;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/// Base64url without padding (RFC 7515 §2), where every byte sequence has one spelling.
public final class Base64Url {

    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

    private Base64Url() {
    }

    /// The text of the bytes.
    public static String encode(byte[] bytes) {
        return ENCODER.encodeToString(bytes);
    }

    /// The bytes of the text. Refuses padding, blanks, other characters and bits left over in the last one.
    ///
    /// @throws JoseException if `encode` would not write this text
    public static byte[] decode(String text) throws JoseException {
        // The JDK's decoder reads TQ, TR and TQ== as the same byte; a character beyond Latin-1 becomes "?", refused.
        byte[] ascii = text.getBytes(StandardCharsets.ISO_8859_1);
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(ascii);
            if (Arrays.equals(ENCODER.encode(bytes), ascii)) {
                return bytes;
            }
        } catch (IllegalArgumentException malformed) {
            // falls through to the one refusal
        }
        throw new JoseException("not base64url without padding");
    }
}

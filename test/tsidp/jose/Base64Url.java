package tsidp.jose;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/// Base64url without padding (RFC 7515 §2), where every byte sequence has only one encoding.
public final class Base64Url {

    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

    private Base64Url() {
    }

    /// The text of the bytes.
    public static String encode(byte[] bytes) {
        return ENCODER.encodeToString(bytes);
    }

    /// The bytes of the text. Refuses padding, spaces, other characters and unused bits in the last one that are not
    /// zero.
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
            // Refused below.
        }
        throw new JoseException("not base64url without padding");
    }
}

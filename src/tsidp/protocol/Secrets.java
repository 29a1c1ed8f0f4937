package tsidp.protocol;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Makes random secrets, hashes them, and compares them.
public record Secrets(SecureRandom random) {

    private static final Base64.Encoder BASE64URL = Base64.getUrlEncoder().withoutPadding();

    /// This number of random bytes, in lower-case hexadecimal: client ids, client secrets, codes and token ids.
    public String hex(int bytes) {
        return HexFormat.of().formatHex(bytes(bytes));
    }

    /// This number of random bytes, in base64url.
    public String base64Url(int bytes) {
        return BASE64URL.encodeToString(bytes(bytes));
    }

    private byte[] bytes(int length) {
        var bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /// Whether two texts are equal, in a time that does not reveal where they differ.
    public static boolean equal(String a, String b) {
        return MessageDigest.isEqual(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
    }

    /// The SHA-256 of a text's UTF-8, in base64url (43 characters).
    public static String sha256(String text) {
        return BASE64URL.encodeToString(hash(text, "SHA-256"));
    }

    /// The left half of a hash of a text's UTF-8, in base64url.
    public static String leftHalf(String text, String algorithm) {
        byte[] hash = hash(text, algorithm);
        return BASE64URL.encodeToString(Arrays.copyOf(hash, hash.length / 2));
    }

    private static byte[] hash(String text, String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm).digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException everyJdkHasIt) {
            throw new IllegalStateException(everyJdkHasIt);
        }
    }

    /// HMAC-SHA-256 of a text under a key that is a text, in base64url (43 characters).
    public static String hmac(String key, String text) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return BASE64URL.encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException everyJdkHasIt) {
            throw new IllegalStateException(everyJdkHasIt);
        }
    }
}

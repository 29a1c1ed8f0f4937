package tsidp.jose;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// How tokens are signed (RFC 7518 §3.1, RFC 8037 §3.1). Ed25519 is called EdDSA: the libraries of today know that
/// name, and not yet the one of RFC 9864.
public enum Algorithm {
    /// The default, as at the Go tsidp.
    RS256("RS256", "SHA256withRSA", "SHA-256"),
    /// A tenth of the work.
    ES256("ES256", "SHA256withECDSAinP1363Format", "SHA-256"),
    /// On Ed25519.
    EDDSA("EdDSA", "Ed25519", "SHA-512");

    private final String wireName;
    private final String signature;
    private final String hash;

    Algorithm(String wireName, String signature, String hash) {
        this.wireName = wireName;
        this.signature = signature;
        this.hash = hash;
    }

    /// The value of `alg`.
    public String wireName() {
        return wireName;
    }

    /// The JDK's name of the hash for `at_hash` (OpenID Connect Core §3.1.3.6).
    public String hash() {
        return hash;
    }

    /// The JDK's name.
    String signature() {
        return signature;
    }

    /// The algorithm of this name.
    public static Optional<Algorithm> of(String wireName) {
        return Arrays.stream(values()).filter(one -> one.wireName.equals(wireName)).findFirst();
    }

    /// All names.
    public static List<String> names() {
        return Arrays.stream(values()).map(Algorithm::wireName).toList();
    }
}

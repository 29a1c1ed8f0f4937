package tsidp.jose;

import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.Security;
import java.security.Signature;
import java.util.Arrays;
import java.util.Optional;

/// The signature algorithms that we verify; we know no others. `none` and the HMAC family are omitted on purpose: the
/// first is not a signature, the second can take a public key for a secret (RFC 8725 §2.1).
public enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 §3.3).
    RS256("RS256", "RSA", "SHA256withRSA", "SunRsaSign"),
    /// ECDSA on P-256 with SHA-256, the signature R ‖ S (RFC 7518 §3.4).
    ES256("ES256", "EC", "SHA256withECDSAinP1363Format", "SunEC"),
    /// Ed25519; Ed448 is not supported (RFC 8037 §3.1).
    EDDSA("EdDSA", "OKP", "Ed25519", "SunEC");

    private final String wireName;
    private final String keyType;
    private final String jcaName;
    private final Provider provider;

    SignatureAlgorithm(String wireName, String keyType, String jcaName, String provider) {
        this.wireName = wireName;
        this.keyType = keyType;
        this.jcaName = jcaName;
        this.provider = Security.getProvider(provider);
    }

    /// The value of `alg` (RFC 7518 §3.1, RFC 8037 §5).
    public String wireName() {
        return wireName;
    }

    /// The algorithm of that name, in exactly that case (RFC 7515 §4.1.1).
    public static Optional<SignatureAlgorithm> of(String wireName) {
        return Arrays.stream(values()).filter(algorithm -> algorithm.wireName.equals(wireName)).findFirst();
    }

    /// The `kty` of its keys (RFC 7518 §6.1, RFC 8037 §2).
    String keyType() {
        return keyType;
    }

    /// A fresh engine: they are not thread-safe. The provider is fixed: no search, no surprises.
    Signature engine() {
        try {
            return Signature.getInstance(jcaName, provider);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("the JDK lacks " + jcaName, impossible);
        }
    }
}

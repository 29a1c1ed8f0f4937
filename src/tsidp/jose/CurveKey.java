package tsidp.jose;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.json.Members;

/// A key on an elliptic curve: P-256 for ES256 (RFC 7518 §3.4), Ed25519 for EdDSA (RFC 8037). Immutable and
/// thread-safe. In its file, `{"alg":…,"private":<PKCS#8 in Base64>,"public":<X.509 in Base64>}`.
public record CurveKey(String keyId, Algorithm algorithm, PrivateKey privateKey, PublicKey publicKey)
        implements Signer {

    private static final int KEY_ID_BYTES = 16;

    /// Bytes of a coordinate of P-256, and of an Ed25519 key, which is the end of its X.509 form.
    private static final int LENGTH = 32;

    /// A new key with a random id.
    public static CurveKey generate(Algorithm algorithm, SecureRandom random) {
        try {
            var generator = KeyPairGenerator.getInstance(algorithm == Algorithm.ES256 ? "EC" : "Ed25519");
            if (algorithm == Algorithm.ES256) {
                generator.initialize(new ECGenParameterSpec("secp256r1"), random);
            }
            KeyPair pair = generator.generateKeyPair();
            byte[] id = new byte[KEY_ID_BYTES];
            random.nextBytes(id);
            return new CurveKey(Signer.base64Url(id), algorithm, pair.getPrivate(), pair.getPublic());
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("the JDK can't make a key for " + algorithm, impossible);
        }
    }

    /// Reads what `toJson` wrote.
    ///
    /// @throws IllegalArgumentException with the reason, for anything else
    public static CurveKey fromJson(String keyId, Members json) {
        Algorithm algorithm = Algorithm.of(json.text("alg")).filter(known -> known != Algorithm.RS256)
                .orElseThrow(() -> new IllegalArgumentException("alg is none for a key on a curve"));
        try {
            var factory = KeyFactory.getInstance(algorithm == Algorithm.ES256 ? "EC" : "Ed25519");
            var key = new CurveKey(keyId, algorithm,
                    factory.generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(json.text("private")))),
                    factory.generatePublic(new X509EncodedKeySpec(Base64.getDecoder().decode(json.text("public")))));
            key.checkPair();
            return key;
        } catch (GeneralSecurityException malformed) {
            throw new IllegalArgumentException("a key can't be read", malformed);
        }
    }

    /// Whether the halves belong together, and are on the curve that the algorithm wants.
    private void checkPair() throws GeneralSecurityException {
        boolean isOnP256 = !(publicKey instanceof ECPublicKey key)
                || key.getParams().getOrder().bitLength() == 8 * LENGTH;
        var engine = Signature.getInstance(algorithm.signature());
        engine.initSign(privateKey);
        engine.update(new byte[1]);
        byte[] signature = engine.sign();
        engine.initVerify(publicKey);
        engine.update(new byte[1]);
        if (!isOnP256 || !engine.verify(signature)) {
            throw new IllegalArgumentException("the halves of a key do not fit together");
        }
    }

    /// The key in its file. Contains the private half.
    public JsonObject toJson() {
        return JsonObject.EMPTY.with("alg", JsonValue.of(algorithm.wireName()))
                .with("private", JsonValue.of(Base64.getEncoder().encodeToString(privateKey.getEncoded())))
                .with("public", JsonValue.of(Base64.getEncoder().encodeToString(publicKey.getEncoded())));
    }

    /// RFC 7518 §6.2.1, RFC 8037 §2.
    @Override
    public JsonObject publicJwk() {
        JsonObject jwk = JsonObject.EMPTY.with("kty", JsonValue.of(publicKey instanceof ECPublicKey ? "EC" : "OKP"))
                .with("crv", JsonValue.of(publicKey instanceof ECPublicKey ? "P-256" : "Ed25519"));
        if (publicKey instanceof ECPublicKey key) {
            jwk = jwk.with("x", coordinate(key.getW().getAffineX())).with("y", coordinate(key.getW().getAffineY()));
        } else {
            byte[] encoded = publicKey.getEncoded();
            jwk = jwk.with("x", JsonValue.of(Signer.base64Url(
                    Arrays.copyOfRange(encoded, encoded.length - LENGTH, encoded.length))));
        }
        return jwk.with("use", JsonValue.of("sig")).with("alg", JsonValue.of(algorithm.wireName()))
                .with("kid", JsonValue.of(keyId));
    }

    private static JsonValue coordinate(BigInteger number) {
        byte[] bytes = number.toByteArray();
        byte[] padded = new byte[LENGTH];
        int length = Math.min(LENGTH, bytes.length);
        System.arraycopy(bytes, bytes.length - length, padded, LENGTH - length, length);
        return JsonValue.of(Signer.base64Url(padded));
    }

    /// Without the private half, which a record's default text would contain.
    @Override
    public String toString() {
        return "CurveKey[" + keyId + "]";
    }
}

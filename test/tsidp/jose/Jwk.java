package tsidp.jose;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECPoint;
import java.security.spec.EllipticCurve;
import java.security.spec.KeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.json.JsonWriter;

/// Public keys as JSON (RFC 7517): RSA, EC on P-256 (RFC 7518 §6) and Ed25519 (RFC 8037 §2).
public final class Jwk {

    // From the standards.

    /// RFC 7518 §6.2.2, §6.3.2, §6.4.1 and RFC 8037 §2: the secret members of every key type.
    private static final List<String> PRIVATE_MEMBERS = List.of("d", "p", "q", "dp", "dq", "qi", "oth", "k");

    /// RFC 7518 §3.3.
    private static final int MIN_RSA_BITS = 2048;

    /// FIPS 186-5 §5.1: 2^16 < e.
    private static final BigInteger MIN_RSA_EXPONENT = BigInteger.valueOf(65537);

    /// Octets of a coordinate: RFC 7518 §6.2.1.2 for P-256, RFC 8032 §5.1.5 for Ed25519.
    private static final int COORDINATE = 32;

    /// What precedes x ‖ y in a SubjectPublicKeyInfo for P-256, uncompressed, in hex (RFC 5480 §2).
    private static final String P256 = "3059301306072a8648ce3d020106082a8648ce3d03010703420004";

    /// What precedes x in a SubjectPublicKeyInfo for Ed25519, in hex (RFC 8410 §4).
    private static final String ED25519 = "302a300506032b6570032100";

    // Ours.

    /// Verification gets expensive with the size, and nobody needs more.
    private static final int MAX_RSA_BITS = 8192;

    /// Every exponent in use fits; verification costs one squaring per bit.
    private static final int MAX_RSA_EXPONENT_BITS = 33;

    private static final HexFormat HEX = HexFormat.of();
    private static final int HEX_COORDINATE = 2 * COORDINATE;

    private Jwk() {
    }

    /// The public key in the JWK. A JWK that contains its private part is refused: a published private key is
    /// compromised.
    ///
    /// @throws JoseException if `SignatureAlgorithm` can't use the key, if it is weak, or not encoded canonically
    public static PublicKey publicKey(JsonObject jwk) throws JoseException {
        if (PRIVATE_MEMBERS.stream().anyMatch(jwk.members()::containsKey)) {
            throw new JoseException("the JWK holds a private key");
        }
        return switch (required(jwk, "kty")) {
            case "RSA" -> rsa(jwk);
            case "EC" -> p256(jwk);
            case "OKP" -> ed25519(jwk);
            default -> throw new JoseException("\"kty\" is none of RSA, EC and OKP");
        };
    }

    /// The JWK of a public key, with only the members that its type requires.
    ///
    /// @throws IllegalArgumentException if it is no key of these types
    public static JsonObject of(PublicKey key) {
        if (key instanceof RSAPublicKey rsa) {
            return object("RSA").with("n", integer(rsa.getModulus())).with("e", integer(rsa.getPublicExponent()));
        }
        String info = HEX.formatHex(key.getEncoded());
        if (info.startsWith(P256)) {
            int y = info.length() - HEX_COORDINATE;
            return object("EC").with("crv", JsonValue.of("P-256"))
                    .with("x", base64(HEX.parseHex(info, P256.length(), y)))
                    .with("y", base64(HEX.parseHex(info, y, info.length())));
        }
        if (info.startsWith(ED25519)) {
            return object("OKP").with("crv", JsonValue.of("Ed25519"))
                    .with("x", base64(HEX.parseHex(info, ED25519.length(), info.length())));
        }
        throw new IllegalArgumentException("not a key that we write as JWK");
    }

    /// The SHA-256 thumbprint (RFC 7638 §3) of a JWK that `publicKey` reads.
    ///
    /// @throws IllegalArgumentException if `publicKey` refuses it
    public static String thumbprint(JsonObject jwk) {
        try {
            var required = new JsonObject(new TreeMap<>(of(publicKey(jwk)).members()));
            return Base64Url.encode(MessageDigest.getInstance("SHA-256").digest(JsonWriter.writeBytes(required)));
        } catch (JoseException | GeneralSecurityException refused) {
            throw new IllegalArgumentException("not a JWK that we read", refused);
        }
    }

    /// Refuses an RSA key that is too weak or too expensive.
    static void checkRsa(BigInteger n, BigInteger e) throws JoseException {
        if (n.signum() < 0 || n.bitLength() < MIN_RSA_BITS) {
            throw new JoseException("the RSA key has fewer than 2048 bits");
        }
        if (n.bitLength() > MAX_RSA_BITS) {
            throw new JoseException("the RSA key has more than 8192 bits");
        }
        if (!n.testBit(0)) {
            throw new JoseException("the RSA modulus is even");
        }
        if (!e.testBit(0) || e.compareTo(MIN_RSA_EXPONENT) < 0 || e.bitLength() > MAX_RSA_EXPONENT_BITS) {
            throw new JoseException("the RSA exponent is not odd and from 65537 to 2^33");
        }
    }

    private static PublicKey rsa(JsonObject jwk) throws JoseException {
        BigInteger n = integer(jwk, "n");
        BigInteger e = integer(jwk, "e");
        checkRsa(n, e);
        return key("RSA", new RSAPublicKeySpec(n, e));
    }

    private static PublicKey p256(JsonObject jwk) throws JoseException {
        if (!required(jwk, "crv").equals("P-256")) {
            throw new JoseException("the curve is not P-256");
        }
        var key = (ECPublicKey) key("EC", info(P256 + coordinate(jwk, "x") + coordinate(jwk, "y")));
        // The JDK's key factory accepts any x and y. The cofactor is 1: a point on the curve is of full order.
        if (!isOnCurve(key.getW(), key.getParams().getCurve())) {
            throw new JoseException("the point is not on P-256");
        }
        return key;
    }

    private static boolean isOnCurve(ECPoint point, EllipticCurve curve) {
        BigInteger p = ((ECFieldFp) curve.getField()).getP();
        BigInteger x = point.getAffineX();
        BigInteger y = point.getAffineY();
        return x.compareTo(p) < 0 && y.compareTo(p) < 0
                && y.pow(2).mod(p).equals(x.pow(2).add(curve.getA()).multiply(x).add(curve.getB()).mod(p));
    }

    private static PublicKey ed25519(JsonObject jwk) throws JoseException {
        if (!required(jwk, "crv").equals("Ed25519")) {
            throw new JoseException("the curve is not Ed25519");
        }
        PublicKey key = key("Ed25519", info(ED25519 + coordinate(jwk, "x")));
        try {
            // The JDK's key factory accepts any x; this is where it decodes the point (RFC 8032 §5.1.3).
            SignatureAlgorithm.EDDSA.engine().initVerify(key);
        } catch (GeneralSecurityException refused) {
            throw new JoseException("the point is not on Ed25519");
        }
        return key;
    }

    private static PublicKey key(String algorithm, KeySpec spec) throws JoseException {
        try {
            return KeyFactory.getInstance(algorithm).generatePublic(spec);
        } catch (GeneralSecurityException refused) {
            throw new JoseException("the JDK refuses the key");
        }
    }

    private static String required(JsonObject jwk, String name) throws JoseException {
        return jwk.string(name).orElseThrow(() -> new JoseException("\"" + name + "\" is not a string"));
    }

    /// Base64urlUInt (RFC 7518 §2): big-endian, in the minimum number of octets.
    private static BigInteger integer(JsonObject jwk, String name) throws JoseException {
        byte[] bytes = Base64Url.decode(required(jwk, name));
        if (bytes.length == 0 || bytes[0] == 0) {
            throw new JoseException("\"" + name + "\" is empty or begins with a zero octet");
        }
        return new BigInteger(1, bytes);
    }

    private static JsonValue integer(BigInteger number) {
        byte[] bytes = number.toByteArray();
        return base64(bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes);
    }

    /// In hex.
    private static String coordinate(JsonObject jwk, String name) throws JoseException {
        byte[] bytes = Base64Url.decode(required(jwk, name));
        if (bytes.length != COORDINATE) {
            throw new JoseException("\"" + name + "\" is not 32 octets");
        }
        return HEX.formatHex(bytes);
    }

    private static JsonObject object(String keyType) {
        return JsonObject.EMPTY.with("kty", JsonValue.of(keyType));
    }

    private static JsonValue base64(byte[] bytes) {
        return JsonValue.of(Base64Url.encode(bytes));
    }

    private static KeySpec info(String hex) {
        return new X509EncodedKeySpec(HEX.parseHex(hex));
    }
}

package tsidp.jose;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.RSAKeyGenParameterSpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;
import tsidp.json.JsonNumber;
import tsidp.json.JsonObject;
import tsidp.json.JsonString;
import tsidp.json.JsonValue;

/// The RSA key that signs our tokens with RS256, and its id. Immutable and thread-safe. Reads and writes the file
/// of the Go tsidp: `{"kid": <unsigned 64-bit number>, "key": <PEM of PKCS#1>}`.
public final class SigningKey implements Signer {

    // From the standards.

    /// RFC 7518 §3.3: "a key of size 2048 bits or larger MUST be used". New keys have exactly this size: larger ones
    /// cost several times as much for each sign-in.
    private static final int BITS = 2048;

    /// FIPS 186-5 §5.1: 2^16 < e.
    private static final BigInteger MIN_EXPONENT = BigInteger.valueOf(65537);

    /// RFC 7468 §2: the frame, and 64 columns.
    private static final String BEGIN = "-----BEGIN RSA PRIVATE KEY-----\n";
    private static final String END = "-----END RSA PRIVATE KEY-----\n";
    private static final int PEM_COLUMNS = 64;

    // Ours.

    /// Verification gets expensive with the size, and nobody needs more.
    private static final int MAX_BITS = 8192;

    /// Every exponent in use fits; verification costs one squaring per bit.
    private static final int MAX_EXPONENT_BITS = 33;

    private static final int SECRET_BYTES = 32;

    /// Unsigned, as Go's uint64.
    private final long keyId;
    private final RSAPrivateCrtKey privateKey;
    private final JsonObject publicJwk;

    private SigningKey(long keyId, RSAPrivateCrtKey privateKey) {
        this.keyId = keyId;
        this.privateKey = privateKey;
        this.publicJwk = JsonObject.EMPTY.with("kty", JsonValue.of("RSA"))
                .with("n", integer(privateKey.getModulus())).with("e", integer(privateKey.getPublicExponent()))
                .with("use", JsonValue.of("sig")).with("alg", JsonValue.of(Algorithm.RS256.wireName()))
                .with("kid", JsonValue.of(keyId()));
    }

    /// A new key of 2048 bits with a random id.
    public static SigningKey generate(SecureRandom random) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(new RSAKeyGenParameterSpec(BITS, RSAKeyGenParameterSpec.F4), random);
            var privateKey = (RSAPrivateCrtKey) generator.generateKeyPair().getPrivate();
            return new SigningKey(random.nextLong(), privateKey);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("the JDK can't make an RSA key", impossible);
        }
    }

    /// The key in `oidc-key.json`: members `kid` and `key`, or `ID` and `Key` of older versions of the Go tsidp, where
    /// the PEM block is encoded once more. Unknown members are ignored.
    ///
    /// @throws JoseException saying which part of the file is wrong
    public static SigningKey fromKeyFile(JsonObject file) throws JoseException {
        boolean isOld = file.get("key").isEmpty() && file.get("Key").isPresent();
        long keyId = keyId(file, isOld ? "ID" : "kid");
        if (!(file.members().get(isOld ? "Key" : "key") instanceof JsonString(String pem))) {
            throw new JoseException("\"key\" is not a string");
        }
        if (isOld) {
            pem = decoded(pem);
        }
        RSAPrivateCrtKey key = Pkcs1.read(readPem(pem));
        checkSize(key.getModulus(), key.getPublicExponent());
        checkArithmetic(key);
        return new SigningKey(keyId, key);
    }

    /// The file that `fromKeyFile` and the Go tsidp read. Contains the private key.
    public JsonObject toKeyFile() {
        return JsonObject.EMPTY.with("kid", new JsonNumber(keyId()))
                .with("key", JsonValue.of(writePem(Pkcs1.write(privateKey))));
    }

    /// In decimal.
    @Override
    public String keyId() {
        return Long.toUnsignedString(keyId);
    }

    /// kty, n, e, use, alg, kid.
    @Override
    public JsonObject publicJwk() {
        return publicJwk;
    }

    @Override
    public Algorithm algorithm() {
        return Algorithm.RS256;
    }

    @Override
    public PrivateKey privateKey() {
        return privateKey;
    }

    @Override
    public PublicKey publicKey() throws GeneralSecurityException {
        return KeyFactory.getInstance("RSA").generatePublic(
                new RSAPublicKeySpec(privateKey.getModulus(), privateKey.getPublicExponent()));
    }

    /// A secret for another purpose, derived from this key (RFC 5869): 256 bits, base64url.
    public String derived(String purpose) {
        try {
            return Signer.base64Url(KDF.getInstance("HKDF-SHA256").deriveData(HKDFParameterSpec.ofExtract()
                    .addIKM(privateKey.getEncoded())
                    .thenExpand(purpose.getBytes(StandardCharsets.US_ASCII), SECRET_BYTES)));
        } catch (GeneralSecurityException everyJdkHasIt) {
            throw new IllegalStateException(everyJdkHasIt);
        }
    }

    /// Base64urlUInt (RFC 7518 §2): big-endian, in the minimum number of octets.
    private static JsonValue integer(BigInteger number) {
        byte[] bytes = number.toByteArray();
        return JsonValue.of(Signer.base64Url(bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes));
    }

    private static String decoded(String base64Url) throws JoseException {
        try {
            return new String(Base64.getUrlDecoder().decode(base64Url), StandardCharsets.ISO_8859_1);
        } catch (IllegalArgumentException malformed) {
            throw new JoseException("\"Key\" is not base64url");
        }
    }

    private static long keyId(JsonObject file, String name) throws JoseException {
        if (!(file.members().get(name) instanceof JsonNumber(String text))) {
            throw new JoseException("\"" + name + "\" is not a number");
        }
        try {
            return Long.parseUnsignedLong(text);
        } catch (NumberFormatException notUnsigned) {
            throw new JoseException("\"" + name + "\" is not an unsigned 64-bit integer");
        }
    }

    /// Reads only what `writePem` writes.
    private static byte[] readPem(String pem) throws JoseException {
        if (!pem.startsWith(BEGIN) || !pem.endsWith(END)) {
            throw new JoseException("\"key\" is not one PEM block with the label RSA PRIVATE KEY");
        }
        try {
            String body = pem.substring(BEGIN.length(), pem.length() - END.length()).replace("\n", "");
            byte[] der = Base64.getDecoder().decode(body.getBytes(StandardCharsets.ISO_8859_1));
            if (writePem(der).equals(pem)) {
                return der;
            }
        } catch (IllegalArgumentException malformed) {
            // Refused below.
        }
        throw new JoseException("the PEM block of \"key\" is not base64 in lines of 64 characters");
    }

    private static String writePem(byte[] der) {
        byte[] lineFeed = {'\n'};
        return BEGIN + Base64.getMimeEncoder(PEM_COLUMNS, lineFeed).encodeToString(der) + "\n" + END;
    }

    /// Refuses a key that is too weak or too expensive.
    private static void checkSize(BigInteger n, BigInteger e) throws JoseException {
        if (n.signum() < 0 || n.bitLength() < BITS) {
            throw new JoseException("the RSA key has fewer than 2048 bits");
        }
        if (n.bitLength() > MAX_BITS) {
            throw new JoseException("the RSA key has more than 8192 bits");
        }
        if (!n.testBit(0)) {
            throw new JoseException("the RSA modulus is even");
        }
        if (!e.testBit(0) || e.compareTo(MIN_EXPONENT) < 0 || e.bitLength() > MAX_EXPONENT_BITS) {
            throw new JoseException("the RSA exponent is not odd and from 65537 to 2^33");
        }
    }

    /// RFC 8017 §3.2. That p and q are prime is not asked: it would cost more than the whole start.
    private static void checkArithmetic(RSAPrivateCrtKey key) throws JoseException {
        BigInteger p = key.getPrimeP();
        BigInteger q = key.getPrimeQ();
        BigInteger d = key.getPrivateExponent();
        BigInteger e = key.getPublicExponent();
        BigInteger one = BigInteger.ONE;
        boolean positive = p.compareTo(one) > 0 && q.compareTo(one) > 0 && d.compareTo(one) > 0;
        if (!positive || !p.multiply(q).equals(key.getModulus()) || d.compareTo(key.getModulus()) >= 0) {
            throw new JoseException("the numbers of the key do not fit together: n is not p times q");
        }
        BigInteger p1 = p.subtract(one);
        BigInteger q1 = q.subtract(one);
        if (!e.multiply(d).mod(p1).equals(one) || !e.multiply(d).mod(q1).equals(one)) {
            throw new JoseException("the numbers of the key do not fit together: d is not the inverse of e");
        }
        if (!key.getPrimeExponentP().equals(d.mod(p1)) || !key.getPrimeExponentQ().equals(d.mod(q1))
                || !q.multiply(key.getCrtCoefficient()).mod(p).equals(one)
                || key.getCrtCoefficient().signum() < 0 || key.getCrtCoefficient().compareTo(p) >= 0) {
            throw new JoseException("the numbers of the key do not fit together: the CRT values are not those of d");
        }
    }
}

package tsidp.jose;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAPrivateCrtKeySpec;
import java.util.Arrays;
import java.util.HexFormat;

/// The DER of an RSA private key with two primes, as PKCS#1 defines it (RFC 8017 A.1.2). The JDK reads and writes
/// PKCS#8 (RFC 5958 §2), which is this behind a head that is always the same but for its two lengths.
final class Pkcs1 {

    /// `SEQUENCE length { INTEGER 0, SEQUENCE { rsaEncryption, NULL }, OCTET STRING length {`, each length two bytes:
    /// a key of 2048 bits or more takes more than 255.
    private static final byte[] HEAD =
            HexFormat.of().parseHex("30820000" + "020100" + "300d06092a864886f70d0101010500" + "04820000");

    private Pkcs1() {
    }

    /// The key as DER.
    static byte[] write(RSAPrivateCrtKey key) {
        byte[] pkcs8 = key.getEncoded();
        return Arrays.copyOfRange(pkcs8, HEAD.length, pkcs8.length);
    }

    /// The key in the DER; does not check whether its numbers match.
    ///
    /// @throws JoseException if `write` would not write exactly these bytes: DER has one spelling
    static RSAPrivateCrtKey read(byte[] der) throws JoseException {
        byte[] pkcs8 = ByteBuffer.allocate(HEAD.length + der.length).put(HEAD)
                .putShort(2, (short) (HEAD.length - 4 + der.length)).putShort(HEAD.length - 2, (short) der.length)
                .put(der).array();
        try {
            var factory = KeyFactory.getInstance("RSA");
            var spec = factory.getKeySpec(factory.generatePrivate(new PKCS8EncodedKeySpec(pkcs8)),
                    RSAPrivateCrtKeySpec.class);
            // Made anew from its numbers: a key that was read remembers the bytes.
            var key = (RSAPrivateCrtKey) factory.generatePrivate(spec);
            if (Arrays.equals(write(key), der)) {
                return key;
            }
        } catch (GeneralSecurityException malformed) {
            // falls through to the one refusal
        }
        throw new JoseException("the DER is not an RSAPrivateKey of PKCS#1 with two primes");
    }
}

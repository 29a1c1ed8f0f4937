package tsidp.jose;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.RSAPrivateCrtKeySpec;
import java.util.Arrays;
import java.util.List;

/// The DER of an RSA private key with two primes, as PKCS#1 defines it (RFC 8017 A.1.2):
/// `SEQUENCE { version 0, n, e, d, p, q, d mod p-1, d mod q-1, q⁻¹ mod p }`, nine INTEGERs.
final class Pkcs1 {

    // X.690 §8.3, §8.9
    private static final int INTEGER = 0x02;
    private static final int SEQUENCE = 0x30;

    private final byte[] der;
    private int position;

    private Pkcs1(byte[] der) {
        this.der = der;
    }

    /// The nine numbers as DER.
    static byte[] write(RSAPrivateCrtKey key) {
        return write(List.of(BigInteger.ZERO, key.getModulus(), key.getPublicExponent(), key.getPrivateExponent(),
                key.getPrimeP(), key.getPrimeQ(), key.getPrimeExponentP(), key.getPrimeExponentQ(),
                key.getCrtCoefficient()));
    }

    /// The key that the DER holds; says nothing about whether its numbers fit together.
    ///
    /// @throws JoseException if `write` would not write exactly these bytes
    static RSAPrivateCrtKeySpec read(byte[] der) throws JoseException {
        var reader = new Pkcs1(der);
        reader.length(SEQUENCE);
        var numbers = new BigInteger[9];
        for (int i = 0; i < numbers.length; i++) {
            int length = reader.length(INTEGER);
            if (length == 0 || length > der.length - reader.position) {
                throw malformed();
            }
            numbers[i] = new BigInteger(der, reader.position, length);
            reader.position += length;
        }
        // DER has one spelling: this refuses other lengths, leading zeros and bytes behind the last number.
        if (!Arrays.equals(write(List.of(numbers)), der)) {
            throw malformed();
        }
        if (numbers[0].signum() != 0) {
            throw new JoseException("the DER is of a version other than 0 (RSA with two primes)");
        }
        return new RSAPrivateCrtKeySpec(numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6],
                numbers[7], numbers[8]);
    }

    private int length(int tag) throws JoseException {
        if (next() != tag) {
            throw malformed();
        }
        int first = next();
        return first < 0x80 ? first : first == 0x81 ? next() : next() << 8 | next();
    }

    private int next() throws JoseException {
        if (position >= der.length) {
            throw malformed();
        }
        return der[position++] & 0xff;
    }

    private static byte[] write(List<BigInteger> numbers) {
        var content = new ByteArrayOutputStream();
        numbers.forEach(number -> write(INTEGER, number.toByteArray(), content));
        var sequence = new ByteArrayOutputStream();
        write(SEQUENCE, content.toByteArray(), sequence);
        return sequence.toByteArray();
    }

    private static void write(int tag, byte[] content, ByteArrayOutputStream out) {
        out.write(tag);
        if (content.length > 0xff) {
            out.write(0x82);
            out.write(content.length >> 8);
        } else if (content.length > 0x7f) {
            out.write(0x81);
        }
        out.write(content.length);
        out.writeBytes(content);
    }

    private static JoseException malformed() {
        return new JoseException("the DER is not an RSAPrivateKey of PKCS#1");
    }
}

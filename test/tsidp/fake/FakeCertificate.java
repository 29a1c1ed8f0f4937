package tsidp.fake;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Base64;

/// A certificate (RFC 5280 §4.1) with its key, in hand-written DER: the JDK can read one but has no API to make one.
public record FakeCertificate(KeyPair keys, X509Certificate certificate) {

    private static final byte[] ECDSA_WITH_SHA256 = sequence(oid(1, 2, 840, 10045, 4, 3, 2));
    private static final byte[] SHA256_WITH_RSA = sequence(oid(1, 2, 840, 113549, 1, 1, 11), tlv(0x05));
    private static final byte[] P256 = oid(1, 2, 840, 10045, 3, 1, 7);

    /// A certificate authority that signs itself, with a P-256 key, valid from 2020 to 2049.
    public static FakeCertificate authority(String name) {
        KeyPair keys = ec();
        byte[] extensions = sequence(extension(oid(2, 5, 29, 19), true, sequence(tlv(0x01, (byte) 0xff))));
        return make(name, name, keys, keys, Instant.parse("2020-01-01T00:00:00Z"),
                Instant.parse("2049-12-31T00:00:00Z"), extensions);
    }

    /// A server's certificate for the host name, and for localhost and 127.0.0.1 so that tests need no resolver.
    public FakeCertificate issue(String host, KeyPair hostKeys, Instant notBefore, Instant notAfter) {
        byte[] names = sequence(tlv(0x82, ascii(host)), tlv(0x82, ascii("localhost")),
                tlv(0x87, new byte[] {127, 0, 0, 1}));
        byte[] extensions = sequence(extension(oid(2, 5, 29, 17), false, names));
        String issuer = certificate.getSubjectX500Principal().getName().substring("CN=".length());
        return make(issuer, host, keys, hostKeys, notBefore, notAfter, extensions);
    }

    /// A new P-256 key pair.
    public static KeyPair ec() {
        return generate("EC");
    }

    /// A new RSA key pair of 2048 bits.
    public static KeyPair rsa() {
        return generate("RSA");
    }

    private static KeyPair generate(String algorithm) {
        try {
            var generator = KeyPairGenerator.getInstance(algorithm);
            if (algorithm.equals("EC")) {
                generator.initialize(new ECGenParameterSpec("secp256r1"));
            } else {
                generator.initialize(2048);
            }
            return generator.generateKeyPair();
        } catch (GeneralSecurityException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /// The certificate as PEM.
    public String certificatePem() {
        try {
            return pem("CERTIFICATE", certificate.getEncoded());
        } catch (GeneralSecurityException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /// The key as PEM in PKCS #8.
    public String pkcs8Pem() {
        return pem("PRIVATE KEY", keys.getPrivate().getEncoded());
    }

    /// The key as PEM in its own format: SEC 1 (RFC 5915) as tailscaled does, or PKCS #1 (RFC 8017 A.1.2).
    public String keyPem() {
        return switch (keys.getPrivate()) {
            case ECPrivateKey key -> pem("EC PRIVATE KEY", sequence(integer(BigInteger.ONE),
                    tlv(0x04, fixed(key.getS(), 32)), tlv(0xa0, P256), tlv(0xa1, tlv(0x03, publicPoint()))));
            case RSAPrivateCrtKey key -> pem("RSA PRIVATE KEY", sequence(integer(BigInteger.ZERO),
                    integer(key.getModulus()), integer(key.getPublicExponent()), integer(key.getPrivateExponent()),
                    integer(key.getPrimeP()), integer(key.getPrimeQ()), integer(key.getPrimeExponentP()),
                    integer(key.getPrimeExponentQ()), integer(key.getCrtCoefficient())));
            default -> throw new AssertionError(keys.getPrivate().getAlgorithm());
        };
    }

    private byte[] publicPoint() {
        byte[] info = keys.getPublic().getEncoded();
        // The BIT STRING's content: a zero for "no unused bits", then 04 X Y.
        return Arrays.copyOfRange(info, info.length - 66, info.length);
    }

    private static FakeCertificate make(String issuer, String subject, KeyPair issuerKeys, KeyPair keys,
            Instant notBefore, Instant notAfter, byte[] extensions) {
        boolean ec = issuerKeys.getPrivate().getAlgorithm().equals("EC");
        byte[] algorithm = ec ? ECDSA_WITH_SHA256 : SHA256_WITH_RSA;
        byte[] body = sequence(tlv(0xa0, integer(BigInteger.TWO)), integer(new BigInteger(1, random())), algorithm,
                name(issuer), sequence(time(notBefore), time(notAfter)), name(subject), keys.getPublic().getEncoded(),
                tlv(0xa3, extensions));
        try {
            var signer = Signature.getInstance(ec ? "SHA256withECDSA" : "SHA256withRSA");
            signer.initSign(issuerKeys.getPrivate());
            signer.update(body);
            byte[] der = sequence(body, algorithm, tlv(0x03, new byte[1], signer.sign()));
            return new FakeCertificate(keys, (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(der)));
        } catch (GeneralSecurityException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static byte[] random() {
        var bytes = new byte[16];
        new SecureRandom().nextBytes(bytes);
        return bytes;
    }

    private static byte[] name(String commonName) {
        return sequence(tlv(0x31, sequence(oid(2, 5, 4, 3), tlv(0x0c, commonName.getBytes(StandardCharsets.UTF_8)))));
    }

    private static byte[] time(Instant time) {
        var utc = time.atOffset(ZoneOffset.UTC);
        return utc.getYear() < 2050 ? tlv(0x17, ascii(DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'").format(utc)))
                : tlv(0x18, ascii(DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").format(utc)));
    }

    private static byte[] extension(byte[] oid, boolean critical, byte[] value) {
        byte[] octets = tlv(0x04, value);
        return critical ? sequence(oid, tlv(0x01, (byte) 0xff), octets) : sequence(oid, octets);
    }

    private static byte[] oid(int... arcs) {
        var out = new ByteArrayOutputStream();
        out.write(40 * arcs[0] + arcs[1]);
        for (int i = 2; i < arcs.length; i++) {
            for (int shift = 28; shift > 0; shift -= 7) {
                if (arcs[i] >> shift != 0) {
                    out.write(arcs[i] >> shift & 0x7f | 0x80);
                }
            }
            out.write(arcs[i] & 0x7f);
        }
        return tlv(0x06, out.toByteArray());
    }

    private static byte[] integer(BigInteger number) {
        return tlv(0x02, number.toByteArray());
    }

    private static byte[] fixed(BigInteger number, int length) {
        byte[] bytes = number.toByteArray();
        var fixed = new byte[length];
        int have = Math.min(length, bytes.length);
        System.arraycopy(bytes, bytes.length - have, fixed, length - have, have);
        return fixed;
    }

    private static byte[] sequence(byte[]... parts) {
        return tlv(0x30, parts);
    }

    private static byte[] tlv(int tag, byte value) {
        return tlv(tag, new byte[] {value});
    }

    private static byte[] tlv(int tag, byte[]... parts) {
        int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
        var out = new ByteArrayOutputStream();
        out.write(tag);
        if (length < 128) {
            out.write(length);
        } else if (length < 256) {
            out.writeBytes(new byte[] {(byte) 0x81, (byte) length});
        } else {
            out.writeBytes(new byte[] {(byte) 0x82, (byte) (length >> 8), (byte) length});
        }
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    private static String pem(String label, byte[] der) {
        String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return "-----BEGIN " + label + "-----\n" + lines + "\n-----END " + label + "-----\n";
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}

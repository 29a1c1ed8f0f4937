package tsidp.certificate;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import tsidp.tailnet.TailnetException;

/// A private key and the certificate chain for it, leaf first.
public record CertificatePair(PrivateKey key, List<X509Certificate> chain) {

    // RFC 7468 §5, §10; RFC 5915 §4; and the label that OpenSSL uses for RFC 8017 A.1.2.
    private static final String CERTIFICATE = "CERTIFICATE";
    private static final String PKCS8 = "PRIVATE KEY";
    private static final String SEC1 = "EC PRIVATE KEY";
    private static final String PKCS1 = "RSA PRIVATE KEY";

    /// RFC 5280 §4.2.1.6: the tag of dNSName.
    private static final int DNS_NAME = 2;

    /// Copies the list.
    ///
    /// @throws IllegalArgumentException if there is no certificate or the key does not match the leaf
    public CertificatePair {
        chain = List.copyOf(chain);
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("there is no certificate");
        }
        if (!matches(key, chain.getFirst().getPublicKey())) {
            throw new IllegalArgumentException("the key does not match the certificate");
        }
    }

    /// The end-entity certificate.
    public X509Certificate leaf() {
        return chain.getFirst();
    }

    /// What LocalAPI's answer holds.
    public static CertificatePair of(byte[] answer) throws TailnetException {
        try {
            return parse(answer);
        } catch (IllegalArgumentException fault) {
            throw TailnetException.badAnswer("cert", fault.getMessage());
        }
    }

    /// Reads LocalAPI's answer: the private key and the chain as PEM, concatenated.
    ///
    /// @throws IllegalArgumentException if it is anything else; the message does not quote it
    static CertificatePair parse(byte[] pem) {
        byte[] key = null;
        String keyLabel = "";
        var chain = new ArrayList<X509Certificate>();
        try {
            for (PemBlock block : PemBlock.read(new String(pem, StandardCharsets.ISO_8859_1))) {
                if (block.label().equals(CERTIFICATE)) {
                    chain.add((X509Certificate) CertificateFactory.getInstance("X.509")
                            .generateCertificate(new ByteArrayInputStream(block.der())));
                } else if (key != null) {
                    throw new IllegalArgumentException("there is more than one key");
                } else {
                    key = block.der();
                    keyLabel = block.label();
                }
            }
            if (key == null || chain.isEmpty()) {
                throw new IllegalArgumentException("there is no key, or no certificate");
            }
            return new CertificatePair(key(keyLabel, key, chain.getFirst().getPublicKey()), chain);
        } catch (GeneralSecurityException malformed) {
            // Its message may quote the input.
            throw new IllegalArgumentException("the key or a certificate is malformed");
        }
    }

    /// This pair, if a client that asks for the name accepts it now (RFC 9525 §6.3, RFC 5280 §4.1.2.5).
    ///
    /// @throws IllegalArgumentException if the certificate is for another name, or not valid at that time
    CertificatePair require(String domain, Instant now) {
        try {
            leaf().checkValidity(Date.from(now));
            var names = leaf().getSubjectAlternativeNames();
            if (names == null || !names.contains(List.of(DNS_NAME, domain))) {
                throw new IllegalArgumentException("the certificate is for another name");
            }
            return this;
        } catch (CertificateException e) {
            throw new IllegalArgumentException("the certificate is not valid now");
        }
    }

    private static PrivateKey key(String label, byte[] der, PublicKey leaf) throws GeneralSecurityException {
        String algorithm = leaf.getAlgorithm();
        return switch (label) {
            case PKCS8 -> KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
            case SEC1, PKCS1 -> {
                if (!algorithm.equals(label.equals(SEC1) ? "EC" : "RSA")) {
                    throw new IllegalArgumentException("the key does not match the certificate");
                }
                yield KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(wrap(der, leaf)));
            }
            default -> throw new IllegalArgumentException("an unknown PEM block");
        };
    }

    /// PKCS #8 (RFC 5958 §2): `SEQUENCE { version 0, algorithm, OCTET STRING { key } }`. The algorithm, with its
    /// curve, is copied from the leaf's SubjectPublicKeyInfo (RFC 5280 §4.1), where it is the first element.
    private static byte[] wrap(byte[] key, PublicKey leaf) {
        byte[] info = leaf.getEncoded();
        int start = 1 + lengthBytes(info, 1);
        int end = start + 2 + (info[start + 1] & 0xff);
        byte[] algorithm = Arrays.copyOfRange(info, start, end);
        return tlv(0x30, new byte[] {2, 1, 0}, algorithm, tlv(0x04, key));
    }

    /// How many bytes the DER length at an index takes (X.690 §8.1.3).
    private static int lengthBytes(byte[] der, int index) {
        return der[index] >= 0 ? 1 : 1 + (der[index] & 0x7f);
    }

    private static byte[] tlv(int tag, byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        if (length > 0xffff) {
            throw new IllegalArgumentException("the key is too long");
        }
        var out = new ByteArrayOutputStream(length + 4);
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

    private static boolean matches(PrivateKey key, PublicKey leaf) {
        String algorithm = switch (leaf.getAlgorithm()) {
            case "EC" -> "SHA256withECDSA";
            case "RSA" -> "SHA256withRSA";
            default -> leaf.getAlgorithm();
        };
        try {
            byte[] probe = "tsidp".getBytes(StandardCharsets.US_ASCII);
            var signer = Signature.getInstance(algorithm);
            signer.initSign(key);
            signer.update(probe);
            var verifier = Signature.getInstance(algorithm);
            verifier.initVerify(leaf);
            verifier.update(probe);
            return verifier.verify(signer.sign());
        } catch (GeneralSecurityException notOfOneKind) {
            return false;
        }
    }
}

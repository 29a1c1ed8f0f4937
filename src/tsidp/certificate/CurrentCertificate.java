package tsidp.certificate;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;

/// The certificate for the next TLS handshake. Replacing it does not affect established connections. Until there is
/// one, a handshake fails with an alert.
public final class CurrentCertificate extends X509ExtendedKeyManager {

    /// Ours: TLS 1.2 is what RFC 9325 §3.1.1 still allows.
    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

    /// JSSE first asks for an alias, then for its key and its chain, in separate calls. The alias names the pair, and
    /// the previous pair is kept, so that a handshake during a replacement sees one pair, not half of each.
    private record Pairs(long serial, CertificatePair pair, Pairs before) {
        CertificatePair find(String alias) {
            if (alias.equals(Long.toString(serial))) {
                return pair;
            }
            return before == null ? null : before.find(alias);
        }
    }

    private final SSLContext sslContext;
    private volatile Pairs current;

    /// Without a certificate.
    public CurrentCertificate() {
        try {
            sslContext = SSLContext.getInstance("TLS");
            // Clients are not asked for certificates. `null` would make the JDK read all its trusted authorities.
            sslContext.init(new KeyManager[] {this}, new TrustManager[0], null);
        } catch (GeneralSecurityException impossible) {
            throw new AssertionError("every JDK has TLS", impossible);
        }
    }

    /// Sets the certificate for the next handshake.
    public synchronized void replace(CertificatePair pair) {
        Pairs last = current;
        current = last == null ? new Pairs(1, pair, null)
                : new Pairs(last.serial + 1, pair, new Pairs(last.serial, last.pair, null));
    }

    /// When the current certificate expires; empty if there is none.
    public Optional<Instant> expiry() {
        Pairs pairs = current;
        return pairs == null ? Optional.empty() : Optional.of(pairs.pair.leaf().getNotAfter().toInstant());
    }

    /// The context for the server's sockets, always the same. Use it with [#sslParameters()].
    public SSLContext sslContext() {
        return sslContext;
    }

    /// TLS 1.3 and 1.2 only, whatever the JDK's security properties allow.
    public SSLParameters sslParameters() {
        SSLParameters parameters = sslContext.getDefaultSSLParameters();
        parameters.setProtocols(PROTOCOLS.clone());
        return parameters;
    }

    @Override
    public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
        Pairs pairs = current;
        return pairs != null && pairs.pair.key().getAlgorithm().equals(keyType) ? Long.toString(pairs.serial) : null;
    }

    @Override
    public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
        return chooseEngineServerAlias(keyType, issuers, null);
    }

    @Override
    public String[] getServerAliases(String keyType, Principal[] issuers) {
        String alias = chooseEngineServerAlias(keyType, issuers, null);
        return alias == null ? null : new String[] {alias};
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        CertificatePair pair = find(alias);
        return pair == null ? null : pair.chain().toArray(X509Certificate[]::new);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        CertificatePair pair = find(alias);
        return pair == null ? null : pair.key();
    }

    private CertificatePair find(String alias) {
        Pairs pairs = current;
        return pairs == null || alias == null ? null : pairs.find(alias);
    }

    // We are never a TLS client.

    @Override
    public String[] getClientAliases(String keyType, Principal[] issuers) {
        return null;
    }

    @Override
    public String chooseClientAlias(String[] keyType, Principal[] issuers, Socket socket) {
        return null;
    }
}

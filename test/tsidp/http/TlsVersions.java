package tsidp.http;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.Security;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import tsidp.certificate.CertificatePair;
import tsidp.certificate.CurrentCertificate;
import tsidp.fake.FakeTailnet;
import tsidp.fake.Ports;
import tsidp.tailnet.LocalApi;

/// A main class for a JVM in which every version of TLS may be spoken, as an administrator of the machine can arrange.
/// It says of each whether the JDK would speak it, and whether the listener does.
final class TlsVersions {

    private static final List<String> VERSIONS = List.of("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3");

    private TlsVersions() {
    }

    public static void main(String[] arguments) throws Exception {
        Security.setProperty("jdk.tls.disabledAlgorithms", "");
        var certificate = new CurrentCertificate();
        var listeners = new Listeners(certificate, _ -> { });
        try (var tailnet = FakeTailnet.start(); var localApi = new LocalApi(tailnet.socket())) {
            certificate.replace(CertificatePair.of(localApi.certificate(FakeTailnet.DNS_NAME, Duration.ZERO)));
            var listener = new InetSocketAddress(InetAddress.getLoopbackAddress(), Ports.free());
            listeners.startHttps(listener, exchange -> exchange.sendResponseHeaders(204, -1));
            List<String> all = List.of(certificate.sslContext().getDefaultSSLParameters().getProtocols());
            for (String version : VERSIONS) {
                System.out.println(version + " " + all.contains(version) + " " + speaks(tailnet, version, listener));
            }
        }
        listeners.stopAll();
    }

    private static boolean speaks(FakeTailnet tailnet, String version, InetSocketAddress listener) throws IOException {
        try (var socket = (SSLSocket) tailnet.clientContext().getSocketFactory()
                .createSocket(listener.getAddress(), listener.getPort())) {
            socket.setEnabledProtocols(new String[] {version});
            socket.startHandshake();
            return true;
        } catch (SSLException refused) {
            return false;
        }
    }
}

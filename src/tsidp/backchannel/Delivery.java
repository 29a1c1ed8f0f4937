package tsidp.backchannel;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Set;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/// Posts a form to an application. It connects to the very address that was checked, so that a name which resolves to
/// something else a moment later (DNS rebinding) leads nowhere; it follows no redirects, and of the answer it reads no
/// more than the status.
///
/// @param trust whose certificates it accepts; asked for only when it is needed
/// @param patience for all of it, but for the look up of the name
record Delivery(Supplier<SSLContext> trust, Duration patience) {

    /// Ours, in bytes: `HTTP/1.1 200 OK` and a little more.
    private static final int MAX_STATUS_LINE = 64;

    /// Where clouds answer about themselves, and where tailscaled does: both in 100.64.0.0/10, which is otherwise the
    /// tailnet's.
    private static final Set<String> METADATA = Set.of("100.100.100.200", "100.100.100.100");

    /// Posts it.
    ///
    /// @param isStrangers whether nobody but the client itself chose the address
    /// @return the status of the answer
    /// @throws IOException with the reason, if there is none
    int post(URI uri, String form, boolean isStrangers) throws IOException {
        InetAddress address = InetAddress.getByName(uri.getHost());
        if (isStrangers && isInside(address)) {
            throw new IOException("the address is inside a network, and the client registered itself");
        }
        boolean isSecure = uri.getScheme().equalsIgnoreCase("https");
        int port = uri.getPort() >= 0 ? uri.getPort() : isSecure ? 443 : 80;
        long deadline = System.nanoTime() + patience.toNanos();
        try (var plain = new Socket()) {
            plain.connect(new InetSocketAddress(address, port), remaining(deadline));
            plain.setSoTimeout(remaining(deadline));
            Socket socket = isSecure ? secured(plain, uri.getHost(), port) : plain;
            byte[] body = form.getBytes(StandardCharsets.US_ASCII);
            var request = new ByteArrayOutputStream();
            request.writeBytes(("POST " + target(uri) + " HTTP/1.1\r\nHost: " + uri.getRawAuthority()
                    + "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: " + body.length
                    + "\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            request.writeBytes(body);
            socket.getOutputStream().write(request.toByteArray());
            socket.getOutputStream().flush();
            return status(socket, deadline);
        }
    }

    private Socket secured(Socket plain, String host, int port) throws IOException {
        var secure = (SSLSocket) trust.get().getSocketFactory().createSocket(plain, host, port, true);
        var parameters = secure.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secure.setSSLParameters(parameters);
        secure.startHandshake();
        return secure;
    }

    private static String target(URI uri) {
        String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        return uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery();
    }

    private static int status(Socket socket, long deadline) throws IOException {
        InputStream in = socket.getInputStream();
        var line = new StringBuilder();
        while (line.length() < MAX_STATUS_LINE) {
            socket.setSoTimeout(remaining(deadline));
            int next = in.read();
            if (next < 0 || next == '\r' || next == '\n') {
                break;
            }
            line.append((char) next);
        }
        if (!line.toString().matches("HTTP/1\\.[01] [1-5][0-9]{2}( .*)?")) {
            throw new IOException("the answer is not HTTP");
        }
        return Integer.parseInt(line.substring(9, 12));
    }

    /// In milliseconds.
    private static int remaining(long deadline) throws SocketTimeoutException {
        long millis = (deadline - System.nanoTime()) / 1_000_000;
        if (millis <= 0) {
            throw new SocketTimeoutException("it takes too long");
        }
        return (int) millis;
    }

    /// Whether an address leads to this machine or into a network behind it: RFC 6890, and IPv6 addresses that contain
    /// IPv4 ones. The tailnet's own are open to everybody who may register, as the policy says.
    static boolean isInside(InetAddress address) {
        String text = address.getHostAddress();
        byte[] bytes = address.getAddress();
        boolean isSpecial = address.isLoopbackAddress() || address.isAnyLocalAddress() || address.isLinkLocalAddress()
                || address.isSiteLocalAddress() || address.isMulticastAddress() || METADATA.contains(text);
        if (isSpecial || !(address instanceof Inet6Address)) {
            // "This network", and what is reserved.
            return isSpecial || bytes[0] == 0 || (bytes[0] & 0xf0) == 0xf0;
        }
        String hex = HexFormat.of().formatHex(bytes);
        boolean isUniqueLocal = (bytes[0] & 0xfe) == 0xfc && !hex.startsWith("fd7a115ca1e0");
        return isUniqueLocal || hex.startsWith("fd7a115ca1e0000000000000000000")
                && hex.endsWith("53") || hex.startsWith("0064ff9b") || hex.startsWith("2002")
                || hex.startsWith("000000000000000000000000");
    }
}

package tsidp.fake;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/// An HTTP client that sends what the test says, even what no client would: it follows nothing, keeps nothing and adds
/// only `Host` and the length of a body. Each request has its own connection.
///
/// @param from the address that it connects from
/// @param tls the context of HTTPS; empty for plain HTTP
/// @param host the value of `Host` and, in HTTPS, the name that the certificate must have
public record Browser(InetAddress from, InetSocketAddress to, Optional<SSLContext> tls, String host) {

    private static final int PATIENCE_MILLIS = 30_000;
    private static final String FORM = "application/x-www-form-urlencoded";

    /// The same browser from elsewhere.
    public Browser from(InetAddress elsewhere) {
        return new Browser(elsewhere, to, tls, host);
    }

    /// The same browser with another `Host`.
    public Browser asking(String otherHost) {
        return new Browser(from, to, tls, otherHost);
    }

    /// Sends a GET; headers are alternating names and values.
    public Reply get(String path, String... headers) {
        return send("GET", path, new byte[0], headers);
    }

    /// Sends a GET with these parameters.
    public Reply get(String path, Map<String, String> parameters, String... headers) {
        return get(path + "?" + form(parameters), headers);
    }

    /// Posts a form.
    public Reply post(String path, Map<String, String> parameters, String... headers) {
        return post(path, form(parameters), headers);
    }

    /// Posts a form that is already encoded.
    public Reply post(String path, String form, String... headers) {
        var all = new ArrayList<>(List.of(headers));
        all.addAll(List.of("Content-Type", FORM));
        return send("POST", path, form.getBytes(StandardCharsets.UTF_8), all.toArray(String[]::new));
    }

    /// Sends any request.
    public Reply send(String method, String target, byte[] body, String... headers) {
        try (Socket socket = connect()) {
            write(socket, method, target, body, headers);
            return read(socket, method);
        } catch (IOException e) {
            throw new UncheckedIOException(method + " " + target, e);
        }
    }

    /// Writes these characters, each as a byte, and reads until the connection ends.
    public String raw(String request) {
        try (Socket socket = connect()) {
            try {
                socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
                socket.getOutputStream().flush();
                socket.shutdownOutput();
            } catch (IOException | UnsupportedOperationException refusedEarly) {
                // What was answered can be read all the same.
            }
            return new String(readAll(socket.getInputStream()), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] readAll(InputStream in) throws IOException {
        var all = new ByteArrayOutputStream();
        try {
            in.transferTo(all);
        } catch (java.net.SocketTimeoutException hang) {
            throw hang;
        } catch (IOException reset) {
            // A server that closes with bytes unread resets the connection.
        }
        return all.toByteArray();
    }

    /// A connection, with TLS if the browser uses it.
    public Socket connect() throws IOException {
        var socket = new Socket();
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.bind(new InetSocketAddress(from, 0));
        socket.connect(to, PATIENCE_MILLIS);
        if (tls.isEmpty()) {
            return socket;
        }
        var secure = (SSLSocket) tls.get().getSocketFactory().createSocket(socket, host, to.getPort(), true);
        var parameters = secure.getSSLParameters();
        String name = host.replaceFirst(":[0-9]+$", "").replaceFirst("\\.$", "");
        parameters.setServerNames(List.of(new SNIHostName(name)));
        secure.setSSLParameters(parameters);
        secure.startHandshake();
        return secure;
    }

    /// Writes a request to a connection.
    public void write(Socket socket, String method, String target, byte[] body, String... headers) throws IOException {
        var head = new StringBuilder(method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\n");
        for (int i = 0; i < headers.length; i += 2) {
            head.append(headers[i]).append(": ").append(headers[i + 1]).append("\r\n");
        }
        if (body.length > 0 || method.equals("POST")) {
            head.append("Content-Length: ").append(body.length).append("\r\n");
        }
        byte[] question = (head + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
        var all = new ByteArrayOutputStream();
        all.writeBytes(question);
        all.writeBytes(body);
        try {
            socket.getOutputStream().write(all.toByteArray());
            socket.getOutputStream().flush();
        } catch (IOException refusedEarly) {
            // What was answered can be read all the same.
        }
    }

    /// Reads one answer from a connection.
    public static Reply read(Socket socket, String method) throws IOException {
        InputStream in = socket.getInputStream();
        String statusLine = line(in);
        if (!statusLine.matches("HTTP/1\\.1 [1-5][0-9]{2}( .*)?")) {
            throw new IOException("no status line: " + statusLine);
        }
        int status = Integer.parseInt(statusLine.substring(9, 12));
        var headers = new LinkedHashMap<String, List<String>>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            headers.computeIfAbsent(line.substring(0, colon).toLowerCase(Locale.ROOT), _ -> new ArrayList<>())
                    .add(line.substring(colon + 1).strip());
        }
        return new Reply(status, headers, method.equals("HEAD") || status == 204 ? new byte[0] : body(in, headers));
    }

    private static byte[] body(InputStream in, Map<String, List<String>> headers) throws IOException {
        if (headers.getOrDefault("transfer-encoding", List.of()).contains("chunked")) {
            var body = new ByteArrayOutputStream();
            for (int size = Integer.parseInt(line(in), 16); size > 0; size = Integer.parseInt(line(in), 16)) {
                body.writeBytes(in.readNBytes(size));
                line(in);
            }
            line(in);
            return body.toByteArray();
        }
        int length = Integer.parseInt(headers.getOrDefault("content-length", List.of("0")).getFirst());
        byte[] body = in.readNBytes(length);
        if (body.length < length) {
            throw new EOFException("the body ended after " + body.length + " of " + length + " bytes");
        }
        return body;
    }

    private static String line(InputStream in) throws IOException {
        var line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("the connection ended within: " + line);
            }
            line.write(b);
        }
        return line.toString(StandardCharsets.ISO_8859_1).replaceFirst("\r$", "");
    }

    /// Changes something by a form, given as names and values in turn.
    public Reply put(String path, String... fields) {
        return send("PUT", path, form(fields(fields)).getBytes(StandardCharsets.UTF_8), "Content-Type",
                "application/x-www-form-urlencoded");
    }

    /// Names and values in turn, as parameters.
    public static Map<String, String> fields(String... namesAndValues) {
        var fields = new LinkedHashMap<String, String>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            fields.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return fields;
    }

    /// Parameters as in a query or a body.
    public static String form(Map<String, String> parameters) {
        return parameters.entrySet().stream().map(entry -> encode(entry.getKey()) + "=" + encode(entry.getValue()))
                .collect(Collectors.joining("&"));
    }

    /// A text as encoded in a query.
    public static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}

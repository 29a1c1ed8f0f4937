package tsidp.http;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Refusal;

/// The head of a request (RFC 9112 §2.1) in the form in which the JDK's server takes it. That server answers what it
/// can't parse itself, or closes the connection, without a line in our log. So a head that it would not take is
/// replaced by one that the router refuses, and a target is percent-encoded where `java.net.URI` requires it: browsers
/// send `{`, `|` or `^` as they are in a query (WHATWG URL).
///
/// Each head becomes one that its sender could have sent, so nothing is believed because it passed here.
///
/// @param text of the head, with the empty line
/// @param body how many bytes after it are not a head
record RequestHead(String text, long body) {

    /// Before a target that does not begin with exactly one slash, which the JDK would read as something else: so
    /// `//a/b` becomes `/-//a/b`.
    private static final String AS_SENT = "/-";

    /// The target of a head that takes the place of a refused one; its status follows.
    private static final String REFUSED = "/!";

    /// RFC 9112 §3, with the absolute form of §3.2.2. Control characters are in no part of it: the JDK's parser would
    /// take a bare CR in a host for the end of a line.
    private static final Pattern REQUEST_LINE = Pattern.compile(
            "([!#$%&'*+.^_`|~0-9A-Za-z-]+) (?:(?i:https?)://([!-.0->@-~\\x80-\\xff]+))?([!-~\\x80-\\xff]*)"
            + " (HTTP/1\\.[0-9])");

    /// RFC 9112 §5.
    private static final Pattern FIELD = Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\\t -~\\x80-\\xff]*");

    /// RFC 3986 §3.3, §3.4: what may be in a path or a query as it is.
    private static final String LEGAL = "-._~!$&'()*+,;=:@/?";

    /// Any number of bytes.
    private static final long ALL = Long.MAX_VALUE;

    /// The head of these lines.
    ///
    /// @param lines without their ends and without the empty line, each character a byte
    /// @param prefix is put before the target
    /// @param isLast whether the connection carries no further request
    static RequestHead of(List<String> lines, String prefix, boolean isLast) {
        Matcher line = REQUEST_LINE.matcher(lines.getFirst());
        if (!line.matches() || line.group(2) == null && line.group(3).isEmpty()
                || lines.stream().skip(1).anyMatch(field -> !FIELD.matcher(field).matches())) {
            return refused(OAuthError.INVALID_REQUEST, lines);
        }
        List<String> hosts = values(lines, "Host");
        List<String> lengths = values(lines, "Content-Length");
        List<String> codings = values(lines, "Transfer-Encoding");
        boolean isChunked = codings.size() == 1 && codings.getFirst().equalsIgnoreCase("chunked");
        // RFC 9112 §3.2, §6.1, §6.3. Where a body ends is never a guess.
        if (hosts.size() > 1 || hosts.isEmpty() && !line.group(4).equals("HTTP/1.0")
                || lengths.size() + codings.size() > 1 || !codings.isEmpty() && !isChunked
                || !lengths.isEmpty() && !lengths.getFirst().matches("[0-9]{1,15}")) {
            return refused(OAuthError.INVALID_REQUEST, lines);
        }
        boolean closes = isLast || isChunked;
        var head = new ArrayList<String>();
        head.add(line.group(1) + " " + target(line.group(2) == null || line.group(3).startsWith("/") ? line.group(3)
                : "/" + line.group(3), prefix) + " " + line.group(4));
        // RFC 9112 §3.2.2: the host of an absolute target replaces that of the field.
        Optional.ofNullable(line.group(2)).or(() -> hosts.stream().findFirst()).ifPresent(host ->
                head.add("Host: " + host));
        lines.stream().skip(1).filter(field -> !isNamed(field, "Host") && !(closes && isNamed(field, "Connection")))
                .forEach(head::add);
        if (closes) {
            head.add("Connection: close");
        }
        return new RequestHead(String.join("\r\n", head) + "\r\n\r\n",
                closes ? ALL : lengths.isEmpty() ? 0 : Long.parseLong(lengths.getFirst()));
    }

    /// A head that the router refuses. What follows on the connection becomes its body, which is discarded, so that the
    /// sender can read the answer.
    ///
    /// @param lines what there is of the refused head
    static RequestHead refused(OAuthError error, List<String> lines) {
        String accept = lines.stream().filter(field -> isNamed(field, "Accept") && FIELD.matcher(field).matches())
                .findFirst().map(field -> field + "\r\n").orElse("");
        return new RequestHead("GET " + REFUSED + error.status() + " HTTP/1.1\r\nHost: -\r\n" + accept
                + "Content-Length: 999999999\r\nConnection: close\r\n\r\n", ALL);
    }

    static boolean isNamed(String field, String name) {
        return field.regionMatches(true, 0, name + ":", 0, name.length() + 1);
    }

    private static List<String> values(List<String> lines, String name) {
        return lines.stream().skip(1).filter(field -> isNamed(field, name))
                .map(field -> field.substring(name.length() + 1).strip()).toList();
    }

    private static String target(String sent, String prefix) {
        // A prefix is a secret, which may begin as a mark of ours does.
        boolean isPlain = (prefix + sent).startsWith("/") && !(prefix + sent).matches("(?s)/[/!-].*");
        var target = new StringBuilder(isPlain ? "" : AS_SENT).append(prefix);
        for (int i = 0; i < sent.length(); i++) {
            char c = sent.charAt(i);
            if (c < 0x80 && (Character.isLetterOrDigit(c) || LEGAL.indexOf(c) >= 0)
                    || c == '%' && isEscape(sent, i)) {
                target.append(c);
            } else {
                target.append('%').append(HexFormat.of().withUpperCase().toHexDigits((byte) c));
            }
        }
        return target.toString();
    }

    private static boolean isEscape(String sent, int index) {
        return index + 2 < sent.length() && HexFormat.isHexDigit(sent.charAt(index + 1))
                && HexFormat.isHexDigit(sent.charAt(index + 2));
    }

    byte[] bytes() {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /// The path that was sent.
    ///
    /// @throws Refusal if the head was refused
    static String path(URI target) throws Refusal {
        String path = String.valueOf(target.getRawPath());
        if (path.startsWith(REFUSED)) {
            throw path.endsWith("431") ? new Refusal(OAuthError.HEAD_TOO_LARGE, "the head of the request is too long")
                    : new Refusal(OAuthError.INVALID_REQUEST, "the head of the request is malformed");
        }
        return path.startsWith(AS_SENT) ? path.substring(AS_SENT.length()) : path;
    }
}

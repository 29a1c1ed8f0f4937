package tsidp.protocol;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/// Compares URIs: two are the same if their normal forms are (RFC 3986 §6.2.2, §6.2.3). `URL.href` of JavaScript, for
/// one, writes `https://mcp.example.com/` for what people write as `https://mcp.example.com`.
public final class Uris {

    /// RFC 3986 appendix B, with the authority in its parts: scheme, user information, host, port; path, the rest.
    private static final Pattern PARTS = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*):"
            + "(?://([^/?#]*@)?(\\[[^]/?#@]*]|[^:/?#@]*)(?::([0-9]*))?(?=[/?#]|$))?([^?#]*)(.*)", Pattern.DOTALL);
    private static final Pattern ESCAPE = Pattern.compile("%([0-9A-Fa-f]{2})");
    private static final Pattern UNRESERVED = Pattern.compile("[A-Za-z0-9._~-]");

    /// RFC 9110 §4.2.
    private static final Map<String, String> DEFAULT_PORTS = Map.of("http", "80", "https", "443");

    private Uris() {
    }

    /// The normal form of a URI: scheme and host in lower case, no default port, `/` for an empty path, unreserved
    /// characters not percent-encoded, no dot segments. A text that is no absolute URI stays as it is.
    public static String normal(String uri) {
        var parts = PARTS.matcher(ESCAPE.matcher(uri).replaceAll(escape -> unescaped(escape.group(1))));
        if (!parts.matches()) {
            return uri;
        }
        String scheme = parts.group(1).toLowerCase(Locale.ROOT);
        if (parts.group(3) == null) {
            return scheme + ":" + parts.group(5) + parts.group(6);
        }
        String user = parts.group(2) == null ? "" : parts.group(2);
        String port = parts.group(4) == null ? "" : parts.group(4);
        boolean isDefault = port.isEmpty() || port.equals(DEFAULT_PORTS.get(scheme));
        return scheme + "://" + user + parts.group(3).toLowerCase(Locale.ROOT) + (isDefault ? "" : ":" + port)
                + withoutDots(parts.group(5)) + parts.group(6);
    }

    private static String unescaped(String hex) {
        String text = new String(new byte[] {(byte) Integer.parseInt(hex, 16)}, StandardCharsets.ISO_8859_1);
        return UNRESERVED.matcher(text).matches() ? text : "%" + hex.toUpperCase(Locale.ROOT);
    }

    /// RFC 3986 §5.2.4.
    private static String withoutDots(String path) {
        var kept = new ArrayDeque<String>();
        String last = "";
        for (String segment : path.replaceFirst("^/", "").split("/", -1)) {
            last = segment;
            if (segment.equals("..")) {
                kept.pollLast();
            } else if (!segment.equals(".")) {
                kept.add(segment);
            }
        }
        return "/" + String.join("/", kept) + (last.matches("\\.\\.?") && !kept.isEmpty() ? "/" : "");
    }

    /// Whether one of some URIs is the same as another.
    public static boolean contains(Collection<String> uris, String uri) {
        return uris.stream().anyMatch(one -> normal(one).equals(normal(uri)));
    }

    /// The URIs, the first of those that are the same.
    public static List<String> distinct(Collection<String> uris) {
        var distinct = new LinkedHashMap<String, String>();
        uris.forEach(uri -> distinct.putIfAbsent(normal(uri), uri));
        return List.copyOf(distinct.values());
    }
}

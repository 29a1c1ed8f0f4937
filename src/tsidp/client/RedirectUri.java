package tsidp.client;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Set;

/// What may be registered as a redirect URI, and when a request's one matches it (RFC 6749 §3.1.2, RFC 9700 §2.1).
final class RedirectUri {

    /// Ours, in characters.
    private static final int MAX_LENGTH = 2048;

    /// Schemes that a browser handles itself: a code sent there is lost, or executed as a script.
    private static final Set<String> FORBIDDEN_SCHEMES = Set.of("javascript", "data", "vbscript", "file", "about",
            "blob", "filesystem", "view-source", "ftp", "mailto", "tel", "ws", "wss");

    /// RFC 8252 §7.3 and §8.3.
    private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "[::1]", "localhost");

    private RedirectUri() {
    }

    /// Why a text can't be registered, or an empty text. An administrator may register any https or http URI and any
    /// private-use scheme (RFC 8252 §7.1); `faultForAnybody` is stricter.
    static String fault(String text) {
        if (text.length() > MAX_LENGTH) {
            return "it is longer than " + MAX_LENGTH + " characters";
        }
        if (!isVisibleAscii(text) || text.indexOf('*') >= 0) {
            return "it has characters that are not allowed (wildcards are not supported)";
        }
        try {
            var uri = new URI(text);
            if (!uri.isAbsolute()) {
                return "it has no scheme: write it in full, as in https://app.example.com/callback";
            }
            String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
            if (FORBIDDEN_SCHEMES.contains(scheme)) {
                return "its scheme can't receive an authorization code";
            }
            if (uri.getRawFragment() != null) {
                return "it has a fragment (RFC 6749, 3.1.2)";
            }
            if (uri.getRawUserInfo() != null) {
                return "it has a user name before its host";
            }
            if ((scheme.equals("https") || scheme.equals("http")) && !hasHost(uri)) {
                return "it has no host";
            }
            return "";
        } catch (URISyntaxException malformed) {
            return "it is not a URI";
        }
    }

    /// Why a client can't register a text by itself, or an empty text: only https, http on the loopback interface (RFC
    /// 8252 §7.3), and a private-use scheme that is a reversed domain name (§7.1) are allowed.
    static String faultForAnybody(String text) {
        String fault = fault(text);
        if (!fault.isEmpty()) {
            return fault;
        }
        URI uri = URI.create(text);
        String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
        boolean isOnLoopback = scheme.equals("http") && LOOPBACK.contains(uri.getHost());
        return scheme.equals("https") && uri.getHost() != null || isOnLoopback || scheme.indexOf('.') > 0 ? ""
                : "it must be https, http on a loopback address, or a scheme with a dot, as in"
                        + " com.example.app:/callback";
    }

    /// Whether a browser finds a host in it. `URI` has none if the name contains `_`, as names of containers do: it
    /// then has only an authority, which is checked here.
    private static boolean hasHost(URI uri) {
        return uri.getHost() != null
                || uri.getRawAuthority() != null && uri.getRawAuthority().matches("[A-Za-z0-9._-]+(:[0-9]{1,5})?");
    }

    private static boolean isVisibleAscii(String text) {
        return text.chars().allMatch(c -> c > ' ' && c < 0x7f);
    }

    /// Whether a request's redirect URI matches a registered one: the same text or, on the loopback interface, the same
    /// except for the port (RFC 8252 §7.3), since native applications use any free one.
    static boolean matches(String registered, String requested) {
        if (!fault(requested).isEmpty()) {
            return false;
        }
        return registered.equals(requested) || matchesOnLoopback(registered, requested);
    }

    private static boolean matchesOnLoopback(String registered, String requested) {
        try {
            return withoutPort(new URI(registered)).equals(withoutPort(new URI(requested)));
        } catch (URISyntaxException neverALoopbackUri) {
            return false;
        }
    }

    /// A loopback URI without its port; throws for others, so that two of those are never equal.
    private static URI withoutPort(URI uri) throws URISyntaxException {
        if (!"http".equals(uri.getScheme()) || uri.getHost() == null || uri.getRawUserInfo() != null
                || !LOOPBACK.contains(uri.getHost())) {
            throw new URISyntaxException("", "not a loopback URI");
        }
        String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
        return new URI("http://" + uri.getHost() + uri.getRawPath() + query);
    }
}

package tsidp.client;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Set;

/// What may be registered as a redirect URI, and when one of a request is the same (RFC 6749 §3.1.2, RFC 9700 §2.1).
final class RedirectUri {

    /// Ours, in characters.
    private static final int MAX_LENGTH = 2048;

    /// Schemes that a browser runs or opens by itself: a code sent there is lost or executed.
    private static final Set<String> FORBIDDEN_SCHEMES = Set.of("javascript", "data", "vbscript", "file", "about",
            "blob", "filesystem", "view-source", "ftp", "mailto", "tel", "ws", "wss");

    /// RFC 8252 §7.3 and §8.3.
    private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "[::1]", "localhost");

    private RedirectUri() {
    }

    /// Why a text can't be registered, or an empty text. An administrator may register any https or http URI and any
    /// private-use scheme (RFC 8252 §7.1); who may register without one is a narrower question.
    static String fault(String text) {
        if (text.length() > MAX_LENGTH) {
            return "it is longer than " + MAX_LENGTH + " characters";
        }
        if (!isVisibleAscii(text) || text.indexOf('*') >= 0) {
            return "it has characters that a redirect URI can't have (wildcards are not supported)";
        }
        try {
            var uri = new URI(text);
            if (!uri.isAbsolute()) {
                return "it has no scheme: write it out, as in https://app.example.com/callback";
            }
            String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
            if (FORBIDDEN_SCHEMES.contains(scheme)) {
                return "its scheme is not one that an application receives a code on";
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

    /// Why a text can't be registered by whoever asks, or an empty text: only https, http on the loopback interface
    /// (RFC 8252 §7.3), and a private-use scheme that is a domain name turned round (§7.1).
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

    /// Whether a browser finds a host there. `URI` knows none of a name with `_`, as containers have: that is then an
    /// authority as a whole, so it is looked at here.
    private static boolean hasHost(URI uri) {
        return uri.getHost() != null
                || uri.getRawAuthority() != null && uri.getRawAuthority().matches("[A-Za-z0-9._-]+(:[0-9]{1,5})?");
    }

    private static boolean isVisibleAscii(String text) {
        return text.chars().allMatch(c -> c > ' ' && c < 0x7f);
    }

    /// Whether a request's redirect URI is a registered one: the same text, or, on the loopback interface, the same but
    /// for its port (RFC 8252 §7.3), as native applications take any free one.
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

    /// The URI without its port if it is a loopback one; else throws, so that two others are never equal.
    private static URI withoutPort(URI uri) throws URISyntaxException {
        if (!"http".equals(uri.getScheme()) || uri.getHost() == null || uri.getRawUserInfo() != null
                || !LOOPBACK.contains(uri.getHost())) {
            throw new URISyntaxException("", "not a loopback URI");
        }
        String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
        return new URI("http://" + uri.getHost() + uri.getRawPath() + query);
    }
}

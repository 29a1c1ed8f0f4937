package tsidp.client;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import tsidp.protocol.Issuer;
import tsidp.protocol.Uris;

/// What may be registered as a redirect URI, what can be sent to, and when a request's one matches (RFC 6749 §3.1.2,
/// RFC 9700 §2.1).
final class RedirectUri {

    /// Ours, in characters.
    private static final int MAX_LENGTH = 2048;

    /// Ours: schemes to which browsers or operating systems give a meaning of their own. A code sent there is executed
    /// as a script, lost, or given to a program that nobody chose; and a link to us could start that program with an
    /// argument that somebody else wrote.
    private static final Set<String> REFUSED_SCHEMES = Set.of(
            // Browsers run, show or load them.
            "javascript", "vbscript", "livescript", "data", "blob", "filesystem", "file", "about", "view-source", "jar",
            "resource", "chrome", "chrome-extension", "moz-extension", "devtools", "edge", "brave", "opera", "safari",
            "firefox", "googlechrome", "googlechromes", "x-safari-http", "x-safari-https", "content", "cid", "mid",
            "feed", "ftp", "ftps", "gopher", "ws", "wss",
            // Systems open them with a program of their own.
            "intent", "android-app", "market", "itms", "itms-apps", "itms-services", "app-settings", "prefs",
            "x-apple.systempreferences", "applescript", "shortcuts", "search", "search-ms", "shell", "res", "hcp",
            "help", "mk", "its", "ldap", "ldaps", "smb", "afp", "nfs", "dav", "davs", "ssh", "sftp", "scp", "telnet",
            "tn3270", "rlogin", "rdp", "vnc", "mailto", "message", "tel", "sms", "mms", "callto", "sip", "sips",
            "facetime", "facetime-audio", "im", "xmpp", "irc", "ircs", "news", "nntp", "snews", "geo", "maps",
            "webcal", "magnet");

    /// The same, by their beginnings: Windows and Office; what web pages and extensions register (`web+`, `ext+`).
    private static final Pattern REFUSED_FAMILIES = Pattern.compile("(ms-|web\\+|ext\\+|microsoft-).*");

    /// RFC 8252 §7.3 and §8.3.
    private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "[::1]", "localhost");

    /// Tailscale's: 100.64.0.0/10, in the one form that every browser reads the same, and fd7a:115c:a1e0::/48.
    private static final Pattern TAILSCALE_ADDRESS = Pattern.compile(
            "100\\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])(\\.(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){2}"
                    + "|\\[fd7a:115c:a1e0:[0-9a-f:.]+]");

    /// An authority in which `URI` finds no host: a name with `_`, as containers have, or of other scripts, escaped.
    private static final Pattern OTHER_HOST =
            Pattern.compile("([^@]*@)?([A-Za-z0-9._-]|%[89A-Fa-f][0-9A-Fa-f])+(:[0-9]{1,5})?");

    /// RFC 3986 §2.2, §2.3; `%` begins what is escaped already. A backslash, which browsers read as a slash, is not
    /// escaped, so that it is refused: where such a URI leads, nobody can say.
    private static final String KEPT = "-._~:/?#[]@!$&'()*+,;=%\\";

    private RedirectUri() {
    }

    /// Why a text can't be registered, or an empty text. An administrator may register any https or http URI and any
    /// private-use scheme (RFC 8252 §7.1); `faultForAnybody` is stricter.
    static String fault(String text) {
        if (text.length() > MAX_LENGTH) {
            return "it is longer than " + MAX_LENGTH + " characters";
        }
        if (!text.equals(escaped(text)) || text.indexOf('*') >= 0) {
            return "it has characters that are not allowed (wildcards are not supported)";
        }
        String fault = faultInUse(text);
        if (!fault.isEmpty()) {
            return fault;
        }
        if (text.indexOf('#') >= 0) {
            return "it has a fragment (RFC 6749, 3.1.2)";
        }
        String authority = URI.create(text).getRawAuthority();
        return authority != null && authority.indexOf('@') >= 0 ? "it has a user name before its host" : "";
    }

    /// Why a client can't register a text by itself, or an empty text: only https, http where nobody on the way can
    /// read it (the loopback interface, RFC 8252 §7.3; hosts of our tailnet), and private-use schemes are allowed.
    static String faultForAnybody(String text, Issuer issuer) {
        String fault = fault(text);
        if (!fault.isEmpty()) {
            return fault;
        }
        URI uri = URI.create(text);
        return switch (uri.getScheme().toLowerCase(Locale.ROOT)) {
            case "https" -> uri.getHost() == null ? "it has no host" : "";
            case "http" -> isLoopback(uri) || isOnTailnet(host(uri), issuer) ? ""
                    : "http is only for loopback addresses and hosts of this tailnet: use https";
            case "urn" -> "no application can receive a code there";
            default -> "";
        };
    }

    private static boolean isOnTailnet(String host, Issuer issuer) {
        return TAILSCALE_ADDRESS.matcher(host).matches() || host.endsWith("." + issuer.tailnet());
    }

    /// The host in lower case; empty if `URI` finds none.
    private static String host(URI uri) {
        return uri.getHost() == null ? "" : uri.getHost().toLowerCase(Locale.ROOT);
    }

    /// Whether a URI is http on the loopback interface.
    static boolean isLoopback(URI uri) {
        return "http".equalsIgnoreCase(uri.getScheme()) && LOOPBACK.contains(host(uri));
    }

    /// Why nothing can be sent to a text, or an empty text. The Go tsidp accepted any text.
    static String faultInUse(String text) {
        try {
            var uri = new URI(escaped(text));
            if (!uri.isAbsolute()) {
                return "it has no scheme: write it in full, as in https://app.example.com/callback";
            }
            String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
            if (REFUSED_SCHEMES.contains(scheme) || REFUSED_FAMILIES.matcher(scheme).matches()) {
                return "its scheme can't receive an authorization code";
            }
            boolean isWeb = scheme.equals("https") || scheme.equals("http");
            return isWeb && uri.getHost() == null
                    && (uri.getRawAuthority() == null || !OTHER_HOST.matcher(uri.getRawAuthority()).matches())
                    ? "it has no host, or one that is not a host name" : "";
        } catch (URISyntaxException malformed) {
            return "it is not a URI";
        }
    }

    /// A URI as it is sent: what RFC 3986 allows in none is percent-encoded, as browsers do it.
    static String escaped(String text) {
        var escaped = new StringBuilder(text.length());
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            boolean isKept = b > 0 && (Character.isLetterOrDigit(b) || KEPT.indexOf(b) >= 0);
            escaped.append(isKept ? (char) b : "%" + HexFormat.of().withUpperCase().toHexDigits(b));
        }
        return escaped.toString();
    }

    /// Whether a request's redirect URI matches a registered one: the same text or, on the loopback interface, the same
    /// URI except for the port (RFC 8252 §7.3), since native applications use any free one.
    static boolean matches(String registered, String requested) {
        return registered.equals(requested)
                || onLoopback(registered).filter(uri -> onLoopback(requested).filter(uri::equals).isPresent())
                        .isPresent();
    }

    /// The normal form of a loopback URI, without its port; empty for others, so that two of those are never the same.
    private static Optional<String> onLoopback(String text) {
        if (!fault(text).isEmpty() || !isLoopback(URI.create(text))) {
            return Optional.empty();
        }
        var uri = URI.create(text);
        String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
        return Optional.of(Uris.normal("http://" + uri.getHost() + uri.getRawPath() + query));
    }
}

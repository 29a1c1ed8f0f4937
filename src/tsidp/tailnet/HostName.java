package tsidp.tailnet;

import java.util.regex.Pattern;

/// What a host name may look like.
final class HostName {

    /// RFC 1123 §2.1 and RFC 1035 §2.3.4, in lower case; with `_` because Tailscale has allowed it.
    private static final String LABEL = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?";
    private static final Pattern GRAMMAR = Pattern.compile("(?=.{1,253}\\z)" + LABEL + "(\\." + LABEL + ")*");

    private HostName() {
    }

    static boolean matches(String text) {
        return GRAMMAR.matcher(text).matches();
    }
}

package tsidp.client;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import tsidp.protocol.Issuer;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Refusal;

/// Where an answer to a client is sent. Its only factory compares with what the client registered, so nothing can be
/// sent anywhere else: this makes an open redirect impossible.
public final class RedirectTarget {

    private final String uri;
    private final Issuer issuer;

    private RedirectTarget(String uri, Issuer issuer) {
        this.uri = uri;
        this.issuer = issuer;
    }

    /// The target that the request names.
    ///
    /// @throws Refusal (invalid_request) if the client did not register it; must be shown to the person, and never sent
    ///     as a redirect (RFC 6749 §4.1.2.1)
    public static RedirectTarget of(Client client, String redirectUri, Issuer issuer) throws Refusal {
        if (client.redirectUris().stream().noneMatch(registered -> RedirectUri.matches(registered, redirectUri))) {
            throw new Refusal(OAuthError.INVALID_REQUEST,
                    "redirect_uri is not registered for this application", "redirect_uri " + redirectUri);
        }
        return new RedirectTarget(redirectUri, issuer);
    }

    /// The redirect URI as the request named it.
    public String uri() {
        return uri;
    }

    /// Where the code goes, for people: the host and port; only the scheme of a private-use URI, since any application
    /// on the device can register for that, whatever follows it.
    public String destination() {
        return isWeb() ? URI.create(uri).getRawAuthority() : scheme() + ":";
    }

    /// The redirect URI in three parts, for people: what precedes the destination, the destination, and the rest.
    public List<String> parts() {
        int start = isWeb() ? uri.indexOf("//") + 2 : 0;
        int end = start + destination().length();
        return List.of(uri.substring(0, start), uri.substring(start, end), uri.substring(end));
    }

    /// What a consent to this target holds for: the redirect URI as it was shown; any port of http, which is the
    /// loopback interface; of a private-use URI its scheme.
    public String consented() {
        if (!isWeb()) {
            return destination();
        }
        return scheme().equals("http") ? parts().getFirst() + destination().replaceFirst(":[0-9]*$", "")
                + parts().getLast() : uri;
    }

    /// The destination for a browser: a `form-action` source (Content Security Policy 3 §2.3.1, whose grammar has no
    /// IPv6 addresses and no names with `_`: for those, only the scheme).
    public String origin() {
        boolean hasWords = isWeb() && destination().matches("[A-Za-z0-9.-]+(:[0-9]+)?");
        return hasWords ? scheme() + "://" + destination() : scheme() + ":";
    }

    private boolean isWeb() {
        return scheme().equals("https") || scheme().equals("http");
    }

    private String scheme() {
        return URI.create(uri).getScheme().toLowerCase(Locale.ROOT);
    }

    /// The URL that passes the code to the client (RFC 6749 §4.1.2), with `iss` (RFC 9207 §2).
    public String withCode(String code, Optional<String> state) {
        var answer = new LinkedHashMap<String, String>();
        answer.put("code", code);
        return url(answer, state);
    }

    /// The URL that reports a refusal to the client (RFC 6749 §4.1.2.1), with `iss` (RFC 9207 §2).
    public String withError(Refusal refusal, Optional<String> state) {
        var answer = new LinkedHashMap<String, String>();
        answer.put("error", refusal.error().wireName());
        answer.put("error_description", refusal.description());
        return url(answer, state);
    }

    private String url(Map<String, String> answer, Optional<String> state) {
        state.ifPresent(text -> answer.put("state", text));
        answer.put("iss", issuer.url());
        var url = new StringBuilder(uri);
        // The redirect URI's own query is kept (RFC 6749 §3.1.2).
        char separator = uri.indexOf('?') < 0 ? '?' : '&';
        for (var parameter : answer.entrySet()) {
            url.append(separator).append(parameter.getKey()).append('=')
                    .append(URLEncoder.encode(parameter.getValue(), StandardCharsets.UTF_8));
            separator = '&';
        }
        return url.toString();
    }
}

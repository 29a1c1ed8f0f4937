package tsidp.client;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import tsidp.protocol.Issuer;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Refusal;

/// Where an answer to a client is sent. Its only factory compares with what the client registered, so nothing can be
/// sent anywhere else: this makes an open redirect impossible.
public final class RedirectTarget {

    private final String uri;
    private final String sent;
    private final Issuer issuer;

    private RedirectTarget(String uri, Issuer issuer) {
        this.uri = uri;
        this.sent = RedirectUri.escaped(uri);
        this.issuer = issuer;
    }

    /// The target that the request names.
    ///
    /// @throws Refusal (invalid_request) if the client did not register it, or nothing can be sent to it; must be shown
    ///     to the person, and never sent as a redirect (RFC 6749 §4.1.2.1)
    public static RedirectTarget of(Client client, String redirectUri, Issuer issuer) throws Refusal {
        if (client.redirectUris().stream().noneMatch(registered -> RedirectUri.matches(registered, redirectUri))) {
            throw new Refusal(OAuthError.INVALID_REQUEST,
                    "redirect_uri is not registered for this application", "redirect_uri " + redirectUri);
        }
        String fault = RedirectUri.faultInUse(redirectUri);
        if (!fault.isEmpty()) {
            throw new Refusal(OAuthError.INVALID_REQUEST, "redirect_uri is registered for this application, but can't"
                    + " be used: " + fault, "redirect_uri " + redirectUri);
        }
        return new RedirectTarget(redirectUri, issuer);
    }

    /// Where the person is sent after signing out.
    ///
    /// @throws Refusal (invalid_request) if the client did not register it; must be shown to the person
    public static RedirectTarget afterLogout(Client client, String uri, Issuer issuer) throws Refusal {
        if (!Setting.POST_LOGOUT_REDIRECT_URIS.of(client).contains(uri) || !RedirectUri.faultInUse(uri).isEmpty()) {
            throw new Refusal(OAuthError.INVALID_REQUEST,
                    "post_logout_redirect_uri is not registered for this application",
                    "post_logout_redirect_uri " + uri);
        }
        return new RedirectTarget(uri, issuer);
    }

    /// The redirect URI as the request named it.
    public String uri() {
        return uri;
    }

    /// Where the code goes, for people: the host and port; only the scheme of a private-use URI, since any application
    /// on the device can register for that, whatever follows it.
    public String destination() {
        return isWeb() ? URI.create(sent).getRawAuthority().replaceFirst("^.*@", "") : scheme() + ":";
    }

    /// The redirect URI in three parts, for people: what precedes the destination, the destination, and the rest.
    public List<String> parts() {
        int start = isWeb() ? sent.indexOf("//") + 2 + URI.create(sent).getRawAuthority().lastIndexOf('@') + 1 : 0;
        int end = start + destination().length();
        return List.of(sent.substring(0, start), sent.substring(start, end), sent.substring(end));
    }

    /// The application on the person's device that the code is given to, as a beginning of URIs, as in `cursor://`;
    /// empty if it goes to a host.
    public String application() {
        return isWeb() ? "" : scheme() + (sent.startsWith("//", scheme().length() + 1) ? "://" : ":");
    }

    /// What a consent to this target holds for: the redirect URI as it was shown; any port of the loopback interface;
    /// of a private-use URI its scheme.
    public String consented() {
        if (!isWeb()) {
            return destination();
        }
        return RedirectUri.isLoopback(URI.create(sent)) ? parts().getFirst()
                + destination().replaceFirst(":[0-9]*$", "") + parts().getLast() : sent;
    }

    /// The destination for a browser: a `form-action` source (Content Security Policy 3 §2.3.1, whose grammar has no
    /// IPv6 addresses and no names with `_`: for those, only the scheme).
    public String origin() {
        boolean hasWords = isWeb() && destination().matches("[A-Za-z0-9.-]+(:[0-9]+)?");
        return hasWords ? scheme() + "://" + destination() : scheme() + ":";
    }

    /// The same, with the path if it can be a source too: for a form that leads directly to this target.
    public String formAction() {
        String path = parts().getLast().replaceFirst("[?#].*$", "");
        return origin().endsWith(destination()) && path.matches("[A-Za-z0-9/._~%-]+") ? origin() + path : origin();
    }

    private boolean isWeb() {
        return scheme().equals("https") || scheme().equals("http");
    }

    private String scheme() {
        return URI.create(sent).getScheme().toLowerCase(Locale.ROOT);
    }

    /// The response mode that a request asks for, or the default; empty if there is none of that name, or it is not
    /// possible here: a fragment would replace the redirect URI's own, and only a browser sends a form.
    public Optional<ResponseMode> mode(Optional<String> name) {
        return Arrays.stream(ResponseMode.values()).filter(mode -> mode.wireName().equals(name.orElse("query")))
                .filter(mode -> mode != ResponseMode.FRAGMENT || sent.indexOf('#') < 0)
                .filter(mode -> mode != ResponseMode.FORM_POST || isWeb()).findFirst();
    }

    /// The parameters that pass the code to the client (RFC 6749 §4.1.2), with `iss` (RFC 9207 §2).
    public Map<String, String> code(String code, Optional<String> state) {
        var answer = new LinkedHashMap<String, String>();
        answer.put("code", code);
        return completed(answer, state);
    }

    /// The parameters that report a refusal to the client (RFC 6749 §4.1.2.1), with `iss` (RFC 9207 §2).
    public Map<String, String> error(Refusal refusal, Optional<String> state) {
        var answer = new LinkedHashMap<String, String>();
        answer.put("error", refusal.error().wireName());
        answer.put("error_description", refusal.description());
        return completed(answer, state);
    }

    private Map<String, String> completed(Map<String, String> answer, Optional<String> state) {
        state.ifPresent(text -> answer.put("state", text));
        answer.put("iss", issuer.url());
        return answer;
    }

    /// The URL that a browser is sent to, or that it posts the parameters to.
    public String url(ResponseMode mode, Map<String, String> answer) {
        String parameters = answer.entrySet().stream().map(parameter -> parameter.getKey() + "="
                + URLEncoder.encode(parameter.getValue(), StandardCharsets.UTF_8)).collect(Collectors.joining("&"));
        return switch (mode) {
            case QUERY -> {
                // The redirect URI's own query is kept (RFC 6749 §3.1.2), and a fragment stays at the end.
                int end = sent.indexOf('#') < 0 ? sent.length() : sent.indexOf('#');
                String before = sent.substring(0, end);
                yield parameters.isEmpty() ? sent
                        : before + (before.indexOf('?') < 0 ? '?' : '&') + parameters + sent.substring(end);
            }
            case FRAGMENT -> sent + "#" + parameters;
            case FORM_POST -> sent;
        };
    }
}

package tsidp.token;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import tsidp.client.Client;
import tsidp.client.RedirectTarget;
import tsidp.person.Person;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Parameters;
import tsidp.protocol.Refusal;
import tsidp.protocol.Scopes;

/// An authorization request (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1) of a client that is known, by a person who
/// is, to a place that is allowed. It is read once, and all of it is checked then.
///
/// @param resources what the client wants to reach, and the policy allows: a consent to more would hold on the day on
///     which the policy allows it
/// @param nonce empty for none
/// @param prompts what the person must be shown, or `none`
/// @param maxAge how long ago the person may have been identified
public record AuthorizationRequest(Client client, RedirectTarget target, Person person, Scopes scopes,
        List<String> resources, String nonce, CodeChallenge challenge, Set<String> prompts,
        Optional<Duration> maxAge) {

    /// What is answered by a click on Continue: nobody has a password here (OpenID Connect Core §3.1.2.1, and
    /// Initiating User Registration via OpenID Connect 1.0 §4).
    private static final Set<String> CLICKS = Set.of("login", "select_account", "create");

    /// Ours, in characters: it comes back in every ID token.
    private static final int MAX_NONCE_LENGTH = 512;

    /// Reads a request.
    ///
    /// @throws Refusal whose error goes to the client
    public static AuthorizationRequest read(Parameters parameters, Client client, RedirectTarget target, Person person)
            throws Refusal {
        parameters.refuseRepeated();
        refuseUnsupported(parameters, target);
        String nonce = parameters.get("nonce").orElse("");
        if (nonce.length() > MAX_NONCE_LENGTH) {
            throw new Refusal(OAuthError.INVALID_REQUEST, "nonce is longer than " + MAX_NONCE_LENGTH + " characters");
        }
        CodeChallenge challenge = CodeChallenge.of(parameters);
        if (client.isPublic() && challenge.method() != CodeChallenge.Method.S256) {
            throw new Refusal(OAuthError.INVALID_REQUEST, "a client without a secret must send code_challenge with"
                    + " code_challenge_method S256");
        }
        Optional<String> maxAge = parameters.get("max_age");
        if (maxAge.isPresent() && !maxAge.get().matches("[0-9]{1,10}")) {
            throw new Refusal(OAuthError.INVALID_REQUEST, "max_age must be a number of seconds");
        }
        return new AuthorizationRequest(client, target, person, Scopes.requested(parameters.get("scope")),
                Resources.allowed(person, Resources.requested(parameters)), nonce, challenge, prompts(parameters),
                maxAge.map(seconds -> Duration.ofSeconds(Long.parseLong(seconds))));
    }

    private static void refuseUnsupported(Parameters parameters, RedirectTarget target) throws Refusal {
        if (parameters.get("request").isPresent()) {
            throw new Refusal(OAuthError.REQUEST_NOT_SUPPORTED, "request is not supported");
        }
        if (parameters.get("request_uri").isPresent()) {
            throw new Refusal(OAuthError.REQUEST_URI_NOT_SUPPORTED, "request_uri is not supported");
        }
        if (parameters.get("registration").isPresent()) {
            throw new Refusal(OAuthError.REGISTRATION_NOT_SUPPORTED, "registration is not supported");
        }
        if (!parameters.require("response_type").equals("code")) {
            throw new Refusal(OAuthError.UNSUPPORTED_RESPONSE_TYPE, "response_type must be code");
        }
        if (target.mode(parameters.get("response_mode")).isEmpty()) {
            throw new Refusal(OAuthError.INVALID_REQUEST, "response_mode is not supported with this redirect_uri");
        }
    }

    private static Set<String> prompts(Parameters parameters) throws Refusal {
        Set<String> prompts = Set.copyOf(new TreeSet<>(List.of(parameters.get("prompt").orElse("").split(" +"))));
        if (prompts.contains("none") && prompts.size() > 1) {
            throw new Refusal(OAuthError.INVALID_REQUEST, "prompt=none can't be combined with other prompts");
        }
        return prompts;
    }

    /// Whether the person may be shown a page.
    public boolean mayAsk() {
        return !prompts.contains("none");
    }

    /// Whether the person must click Continue, in whatever session.
    public boolean wantsClick() {
        return prompts.stream().anyMatch(CLICKS::contains) || maxAge.filter(Duration::isZero).isPresent();
    }

    /// Whether the person was identified too long ago.
    public boolean isTooOld(Session session, Instant now) {
        return maxAge.filter(age -> Duration.between(session.authenticated(), now).compareTo(age) > 0).isPresent();
    }

    /// What a person who is asked consents to.
    public Consents.Consent consent() {
        Set<String> covers = new TreeSet<>(scopes.values());
        covers.addAll(resources);
        return new Consents.Consent(person.subject(), client.id(), target.consented(), covers);
    }

    /// The code that grants it.
    AuthorizationCode code(String signInId, Session session, Instant now) {
        return new AuthorizationCode(signInId, new Authorization(client.id(), person, scopes, resources, session),
                target.uri(), nonce, challenge, now);
    }
}

package tsidp.endpoint;

import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import tsidp.client.Client;
import tsidp.client.Clients;
import tsidp.client.RedirectTarget;
import tsidp.http.Answer;
import tsidp.http.Endpoint;
import tsidp.http.Request;
import tsidp.log.Log;
import tsidp.page.ConsentPages;
import tsidp.person.Person;
import tsidp.protocol.Issuer;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Parameters;
import tsidp.protocol.Refusal;
import tsidp.protocol.Scopes;
import tsidp.token.AuthorizationCode;
import tsidp.token.CodeChallenge;
import tsidp.token.Codes;
import tsidp.token.Resources;

/// The authorization endpoint (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2). It has two phases: before a
/// `RedirectTarget` exists, a refusal is shown to the person; from then on it is told to the client.
public record AuthorizationEndpoint(Supplier<Issuer> issuer, Clients clients, Codes codes, ConsentPages consentPages,
        InstantSource clock, Log log) implements Endpoint<Person> {

    /// Ours, in characters: it comes back in every ID token.
    private static final int MAX_NONCE_LENGTH = 512;

    @Override
    public Answer answer(Request request, Person person) throws Refusal {
        // OpenID Connect Core §3.1.2.1: in the query of a GET, in the body of a POST.
        Parameters parameters = request.body().length == 0 ? request.query() : request.form();
        Client client = clients.find(parameters.require("client_id")).orElseThrow(() -> new Refusal(
                OAuthError.UNKNOWN_CLIENT, "the application is not registered here (unknown client_id)"));
        RedirectTarget target = RedirectTarget.of(client, parameters.require("redirect_uri"), issuer.get());
        try {
            parameters.refuseRepeated();
            refuseUnsupported(parameters);
            if (consentPages.mustAsk(client, person, target, parameters)) {
                if (parameters.get("prompt").orElse("").equals("none")) {
                    throw new Refusal(OAuthError.CONSENT_REQUIRED, "the person must be asked first");
                }
                return consentPages.ask(client, person, target, parameters,
                        request.body().length == 0 ? request.rawQuery()
                                : new String(request.body(), StandardCharsets.US_ASCII));
            }
            String code = code(parameters, person, client, target);
            // Again: whoever takes a consent back ends the codes of before, and this one may have come a moment later.
            if (consentPages.mustAsk(client, person, target, parameters)) {
                throw new Refusal(OAuthError.ACCESS_DENIED, "the person has just revoked the consent");
            }
            log.info("login", "user", person.loginName(), "node", person.peer().node().name(), "client", client.id(),
                    "application", client.name(), "to", target.destination());
            return new Answer.Redirect(target.withCode(code, parameters.get("state")));
        } catch (Refusal refusal) {
            log.stranger(request.source(), "login refused", "user", person.loginName(), "node",
                    person.peer().node().name(), "client", client.id(), "error", refusal.error().wireName(),
                    "why", refusal.description(), "detail", refusal.detail());
            return new Answer.Redirect(target.withError(refusal, state(parameters)));
        }
    }

    private String code(Parameters parameters, Person person, Client client, RedirectTarget target) throws Refusal {
        String nonce = parameters.get("nonce").orElse("");
        if (nonce.length() > MAX_NONCE_LENGTH) {
            throw new Refusal(OAuthError.INVALID_REQUEST, "nonce is longer than " + MAX_NONCE_LENGTH + " characters");
        }
        CodeChallenge challenge = CodeChallenge.of(parameters);
        if (client.isPublic() && challenge.method() != CodeChallenge.Method.S256) {
            throw new Refusal(OAuthError.INVALID_REQUEST, "a client without a secret must send code_challenge with"
                    + " code_challenge_method S256");
        }
        Scopes scopes = Scopes.requested(parameters.get("scope"));
        List<String> resources = Resources.allowed(person, Resources.requested(parameters), log.faults("grant"));
        boolean wantsAuthTime = maxAge(parameters).isPresent();
        return codes.give(signInId -> new AuthorizationCode(signInId, client.id(), target.uri(), person, scopes,
                resources, nonce, challenge, clock.instant(), wantsAuthTime));
    }

    private static void refuseUnsupported(Parameters parameters) throws Refusal {
        if (parameters.get("request").isPresent()) {
            throw new Refusal(OAuthError.REQUEST_NOT_SUPPORTED, "request is not supported");
        }
        if (parameters.get("request_uri").isPresent()) {
            throw new Refusal(OAuthError.REQUEST_URI_NOT_SUPPORTED, "request_uri is not supported");
        }
        if (!parameters.require("response_type").equals("code")) {
            throw new Refusal(OAuthError.UNSUPPORTED_RESPONSE_TYPE, "response_type must be code");
        }
        if (!parameters.get("response_mode").orElse("query").equals("query")) {
            throw new Refusal(OAuthError.INVALID_REQUEST, "response_mode must be query");
        }
        // The connection itself is the proof of who it is, made at this moment: that satisfies every other prompt.
        List<String> prompts = List.of(parameters.get("prompt").orElse("").split(" +"));
        if (prompts.contains("none") && prompts.size() > 1) {
            throw new Refusal(OAuthError.INVALID_REQUEST, "prompt none excludes any other");
        }
    }

    private static Optional<String> maxAge(Parameters parameters) throws Refusal {
        Optional<String> maxAge = parameters.get("max_age");
        if (maxAge.isPresent() && !maxAge.get().matches("[0-9]{1,10}")) {
            throw new Refusal(OAuthError.INVALID_REQUEST, "max_age must be a number of seconds");
        }
        return maxAge;
    }

    /// The state for an answer about parameters that may be at fault themselves.
    private static Optional<String> state(Parameters parameters) {
        try {
            return parameters.get("state");
        } catch (Refusal repeated) {
            return Optional.empty();
        }
    }
}

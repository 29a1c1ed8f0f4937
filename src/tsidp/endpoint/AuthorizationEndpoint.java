package tsidp.endpoint;

import java.nio.charset.StandardCharsets;
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
import tsidp.token.AuthorizationRequest;
import tsidp.token.Codes;

/// The authorization endpoint (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2). It has two phases: before a
/// `RedirectTarget` exists, a refusal is shown to the person; from then on it is sent to the client.
public record AuthorizationEndpoint(Supplier<Issuer> issuer, Clients clients, Codes codes, ConsentPages consentPages,
        Log log) implements Endpoint<Person> {

    @Override
    public Answer answer(Request request, Person person) throws Refusal {
        // OpenID Connect Core §3.1.2.1: in the query of a GET, in the body of a POST.
        Parameters parameters = request.body().length == 0 ? request.query() : request.form();
        Client client = clients.find(parameters.require("client_id")).orElseThrow(() -> new Refusal(
                OAuthError.UNKNOWN_CLIENT, "the application is not registered here (unknown client_id)"));
        RedirectTarget target = RedirectTarget.of(client, parameters.require("redirect_uri"), issuer.get());
        try {
            AuthorizationRequest asked = AuthorizationRequest.read(parameters, client, target, person);
            if (consentPages.mustAsk(asked)) {
                if (!asked.mayAsk()) {
                    throw new Refusal(OAuthError.CONSENT_REQUIRED, "the person must be asked first");
                }
                return consentPages.ask(asked, request.body().length == 0 ? request.rawQuery()
                        : new String(request.body(), StandardCharsets.US_ASCII));
            }
            String code = codes.give(asked);
            // Again: whoever takes a consent back ends the codes of before, and this one may have come a moment later.
            if (consentPages.mustAsk(asked)) {
                throw new Refusal(OAuthError.ACCESS_DENIED, "the consent to this application was just revoked");
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

    /// The state for an answer about parameters that may be at fault themselves.
    private static Optional<String> state(Parameters parameters) {
        try {
            return parameters.get("state");
        } catch (Refusal repeated) {
            return Optional.empty();
        }
    }
}

package tsidp.endpoint;

import java.nio.charset.StandardCharsets;
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
import tsidp.page.AuthorizationResponse;
import tsidp.page.ConsentPages;
import tsidp.page.Sessions;
import tsidp.person.Person;
import tsidp.protocol.Issuer;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Parameters;
import tsidp.protocol.Refusal;
import tsidp.token.AuthorizationRequest;
import tsidp.token.Codes;
import tsidp.token.Session;
import tsidp.token.SigningKeys;

/// The authorization endpoint (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2). It has two phases: before a
/// `RedirectTarget` exists, a refusal is shown to the person; from then on it is sent to the client. A tagged device
/// signs nobody in. In the first phase it learns nothing else; in the second, a person at its browser is shown why,
/// with a link that tells the client; where nobody looks, the client is told at once. Nor is anybody signed in whom
/// tailscaled does not know: they see a page, except where the client wants none.
public record AuthorizationEndpoint(PersonAccess access, Supplier<Issuer> issuer, Clients clients, Codes codes,
        SigningKeys keys, Sessions sessions, ConsentPages consentPages, Log log)
        implements Endpoint<PersonAccess.Found> {

    @Override
    public Answer answer(Request request, PersonAccess.Found caller) throws Refusal {
        Parameters parameters;
        Client client;
        RedirectTarget target;
        try {
            // OpenID Connect Core §3.1.2.1: in the query of a GET, in the body of a POST.
            parameters = request.body().length == 0 ? request.query() : request.form();
            client = clients.find(parameters.require("client_id")).orElseThrow(() -> new Refusal(
                    OAuthError.UNKNOWN_CLIENT, "the application is not registered here (unknown client_id)"));
            target = RedirectTarget.of(client, parameters.require("redirect_uri"), issuer.get());
        } catch (Refusal refusal) {
            access.person(caller.require());
            throw refusal;
        }
        boolean isSilent = List.of(parameters.once("prompt").orElse("").split(" +")).contains("none");
        if (caller.peer().isEmpty() && !isSilent) {
            caller.require();
        }
        var response = new AuthorizationResponse(target, parameters);
        try {
            Person person = person(caller);
            var asked = AuthorizationRequest.read(parameters, client, target, person);
            refuseAnother(parameters.get("id_token_hint"), person);
            return answer(request, asked, response);
        } catch (Refusal refusal) {
            log.stranger(request.source(), "login refused", "user", caller.peer().map(peer -> peer.user().loginName())
                    .orElse("?"), "node", caller.peer().map(peer -> peer.node().name()).orElse("?"), "client",
                    client.id(), "error", refusal.error().wireName(), "why", refusal.description(), "detail",
                    refusal.detail());
            boolean isTagged = caller.peer().filter(peer -> peer.node().tagged()).isPresent();
            return isTagged && !isSilent && request.isNavigation() ? response.page(refusal) : response.error(refusal);
        }
    }

    private Person person(PersonAccess.Found caller) throws Refusal {
        try {
            return access.person(caller.require());
        } catch (Refusal refusal) {
            throw caller.peer().isPresent() || refusal.error() != OAuthError.ACCESS_DENIED ? refusal
                    : new Refusal(OAuthError.LOGIN_REQUIRED, refusal.description());
        }
    }

    /// A hint that is none of our ID tokens is no hint.
    private void refuseAnother(Optional<String> hint, Person person) throws Refusal {
        Optional<String> subject = hint.flatMap(keys::verified).flatMap(claims -> claims.string("sub"));
        if (subject.filter(other -> !other.equals(person.subject())).isPresent()) {
            throw new Refusal(OAuthError.LOGIN_REQUIRED, "id_token_hint is of another person");
        }
    }

    private Answer answer(Request request, AuthorizationRequest asked, AuthorizationResponse response) throws Refusal {
        String query = request.body().length == 0 ? request.rawQuery()
                : new String(request.body(), StandardCharsets.US_ASCII);
        Optional<Sessions.Known> known = sessions.of(request, asked.person());
        Session session = known.map(Sessions.Known::session).orElseGet(() -> sessions.begun(false));
        if (asked.wantsClick() || known.filter(Sessions.Known::isSignedOut).isPresent()
                || asked.isTooOld(session, sessions.clock().instant())) {
            mayAsk(asked, OAuthError.LOGIN_REQUIRED, "the person must click to go on");
            return consentPages.askToContinue(asked, query);
        }
        if (consentPages.mustAsk(asked) || asked.prompts().contains("consent")) {
            mayAsk(asked, OAuthError.CONSENT_REQUIRED, "the person must be asked first");
            return consentPages.ask(asked, query);
        }
        String code = codes.give(asked, session);
        // Again: whoever takes a consent back ends the codes of before, and this one may have come a moment later.
        if (consentPages.mustAsk(asked)) {
            throw new Refusal(OAuthError.ACCESS_DENIED, "the person has just revoked the consent");
        }
        Person person = asked.person();
        log.info("login", "user", person.loginName(), "node", person.peer().node().name(), "client",
                asked.client().id(), "application", asked.client().name(), "to", asked.target().destination());
        // What another site's form or frame asks has no cookie: it must not replace the one that the browser has.
        boolean begins = known.isEmpty() && request.method().equals("GET") && request.isNavigation();
        return begins ? sessions.in(session, person, response.code(code)) : response.code(code);
    }

    private static void mayAsk(AuthorizationRequest asked, OAuthError error, String why) throws Refusal {
        if (!asked.mayAsk()) {
            throw new Refusal(error, why);
        }
    }
}

package tsidp.endpoint;

import java.nio.charset.StandardCharsets;
import java.util.List;
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
import tsidp.person.Person;
import tsidp.protocol.Issuer;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Parameters;
import tsidp.protocol.Refusal;
import tsidp.tailnet.Peer;
import tsidp.token.AuthorizationRequest;
import tsidp.token.Codes;

/// The authorization endpoint (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2). It has two phases: before a
/// `RedirectTarget` exists, a refusal is shown to the person; from then on it is sent to the client. A tagged device
/// signs nobody in. In the first phase it learns nothing else; in the second, a person at its browser is shown why,
/// with a link that tells the client; where nobody looks, the client is told at once.
public record AuthorizationEndpoint(PersonAccess access, Supplier<Issuer> issuer, Clients clients, Codes codes,
        ConsentPages consentPages, Log log) implements Endpoint<Peer> {

    @Override
    public Answer answer(Request request, Peer peer) throws Refusal {
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
            access.person(peer);
            throw refusal;
        }
        var response = new AuthorizationResponse(target, parameters);
        try {
            Person person = access.person(peer);
            return answer(request, AuthorizationRequest.read(parameters, client, target, person), response);
        } catch (Refusal refusal) {
            log.stranger(request.source(), "login refused", "user", peer.user().loginName(), "node",
                    peer.node().name(), "client", client.id(), "error", refusal.error().wireName(),
                    "why", refusal.description(), "detail", refusal.detail());
            boolean isSeen = request.isNavigation()
                    && !List.of(parameters.once("prompt").orElse("").split(" +")).contains("none");
            return peer.node().tagged() && isSeen ? response.page(refusal) : response.error(refusal);
        }
    }

    private Answer answer(Request request, AuthorizationRequest asked, AuthorizationResponse response) throws Refusal {
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
            throw new Refusal(OAuthError.ACCESS_DENIED, "the person has just revoked the consent");
        }
        Person person = asked.person();
        log.info("login", "user", person.loginName(), "node", person.peer().node().name(), "client",
                asked.client().id(), "application", asked.client().name(), "to", asked.target().destination());
        return response.code(code);
    }
}

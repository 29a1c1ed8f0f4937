package tsidp.endpoint;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import tsidp.client.Client;
import tsidp.client.Clients;
import tsidp.client.RedirectTarget;
import tsidp.client.ResponseMode;
import tsidp.http.Answer;
import tsidp.http.Endpoint;
import tsidp.http.Html;
import tsidp.http.Request;
import tsidp.json.JsonObject;
import tsidp.log.Log;
import tsidp.page.FormTokens;
import tsidp.page.Sessions;
import tsidp.person.Person;
import tsidp.protocol.Issuer;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Parameters;
import tsidp.protocol.Refusal;
import tsidp.token.Revocation;
import tsidp.token.Session;
import tsidp.token.SigningKeys;

/// The end session endpoint (OpenID Connect RP-Initiated Logout 1.0). It ends the session of the person's browser with
/// all sign-ins in it; without an ID token of that person, after a click. Nobody is sent anywhere but to what the
/// client registered.
public record LogoutEndpoint(Supplier<Issuer> issuer, Clients clients, SigningKeys keys, Sessions sessions,
        Revocation revocation, FormTokens tokens, Log log) implements Endpoint<Person> {

    /// A request that was read.
    ///
    /// @param claims of the ID token in `id_token_hint`; it may have expired (§2)
    /// @param target where the person is sent afterwards
    private record Asked(Optional<JsonObject> claims, Optional<RedirectTarget> target, Optional<String> state) {
    }

    @Override
    public Answer answer(Request request, Person person) throws Refusal {
        Parameters form = request.form();
        boolean isOurs = form.names(FormTokens.FIELD);
        if (request.body().length > 0 && !isOurs) {
            // A form of the client's comes without our cookie. A GET that follows has it.
            return new Answer.Redirect(303, "/logout?" + new String(request.body(), StandardCharsets.US_ASCII));
        }
        Asked asked = read(request.query());
        if (isOurs) {
            tokens.require(form, person);
        } else if (asked.claims().flatMap(claims -> claims.string("sub")).filter(person.subject()::equals).isEmpty()) {
            return ask(asked, request, person);
        }
        Optional<Session> session = sessions.of(request, person).map(Sessions.Known::session);
        Set<String> ended = new TreeSet<>();
        session.ifPresent(known -> ended.add(known.id()));
        asked.claims().flatMap(claims -> claims.string("sid")).ifPresent(ended::add);
        revocation.sessions(person.subject(), ended);
        log.info("logout", "user", person.loginName(), "node", person.peer().node().name());
        return sessions.signedOut(session.orElseGet(() -> sessions.begun(false)), person, after(asked, person));
    }

    private Asked read(Parameters parameters) throws Refusal {
        parameters.refuseRepeated();
        Optional<String> hint = parameters.get("id_token_hint");
        Optional<JsonObject> claims = hint.flatMap(keys::verified);
        if (hint.isPresent() && claims.isEmpty()) {
            throw new Refusal(OAuthError.INVALID_REQUEST, "id_token_hint is not an ID token of this server");
        }
        Optional<String> issuedTo = claims.flatMap(known -> known.string("azp")
                .or(() -> known.strings("aud").stream().flatMap(List::stream).findFirst())
                .or(() -> known.string("aud")));
        Optional<String> named = parameters.get("client_id");
        if (named.isPresent() && issuedTo.isPresent() && !named.equals(issuedTo)) {
            throw new Refusal(OAuthError.INVALID_REQUEST, "id_token_hint was issued to another client");
        }
        Optional<String> uri = parameters.get("post_logout_redirect_uri");
        if (uri.isEmpty()) {
            return new Asked(claims, Optional.empty(), Optional.empty());
        }
        Client client = named.or(() -> issuedTo).flatMap(clients::find).orElseThrow(() -> new Refusal(
                OAuthError.INVALID_REQUEST, "post_logout_redirect_uri needs id_token_hint, or the client_id of a"
                        + " registered application"));
        return new Asked(claims, Optional.of(RedirectTarget.afterLogout(client, uri.get(), issuer.get())),
                parameters.get("state"));
    }

    private Answer ask(Asked asked, Request request, Person person) {
        return new Answer.Page(200, Html.template("logout.html", Map.of("user", Html.text(person.loginName()),
                "query", Html.text(request.rawQuery()), "form_token", tokens.of(person))),
                "'self'" + asked.target().map(target -> " " + target.origin()).orElse(""), "'none'");
    }

    private static Answer after(Asked asked, Person person) {
        if (asked.target().isEmpty()) {
            return new Answer.Page(200, Html.template("logged-out.html", Map.of("user",
                    Html.text(person.loginName()))));
        }
        var answer = new LinkedHashMap<String, String>();
        asked.state().ifPresent(state -> answer.put("state", state));
        return new Answer.Redirect(asked.target().get().url(ResponseMode.QUERY, answer));
    }
}

package tsidp.endpoint;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import tsidp.http.Answer;
import tsidp.http.Endpoint;
import tsidp.http.FormTokens;
import tsidp.http.Html;
import tsidp.http.Request;
import tsidp.log.Log;
import tsidp.oauth.Client;
import tsidp.oauth.Clients;
import tsidp.oauth.Consents;
import tsidp.oauth.Consents.Consent;
import tsidp.oauth.Grants;
import tsidp.oauth.Issuer;
import tsidp.oauth.OAuthError;
import tsidp.oauth.Parameters;
import tsidp.oauth.Person;
import tsidp.oauth.RedirectTarget;
import tsidp.oauth.Refusal;
import tsidp.oauth.Scopes;
import tsidp.store.StoreException;

/// `/consent`: a person is asked once whether a client that registered itself may sign them in, and where the code
/// goes; GET lists what they allowed, to take it back. Clients that an administrator made are never asked about.
public final class ConsentPages implements Endpoint<Person> {

    private final Supplier<Issuer> issuer;
    private final Clients clients;
    private final Consents consents;
    private final Grants grants;
    private final FormTokens tokens;
    private final Log log;

    /// Pages over these consents.
    public ConsentPages(Supplier<Issuer> issuer, Clients clients, Consents consents, Grants grants, FormTokens tokens,
            Log log) {
        this.issuer = issuer;
        this.clients = clients;
        this.consents = consents;
        this.grants = grants;
        this.tokens = tokens;
        this.log = log;
    }

    boolean mustAsk(Client client, Person person, RedirectTarget target) {
        return client.isDynamic() && !consents.has(consent(client, person, target));
    }

    private static Consent consent(Client client, Person person, RedirectTarget target) {
        return new Consent(person.subject(), client.id(), target.consented());
    }

    /// The page that asks. `query` is the request, to go on with; it has been parsed before.
    Answer ask(Client client, Person person, RedirectTarget target, Scopes scopes, String query) {
        var learns = new ArrayList<Html>();
        learns.add(learns("your name, user number and picture, and your login name " + person.loginName()));
        learns.add(learns("the name and addresses of the device you are using"));
        if (scopes.has("email")) {
            learns.add(learns("your e-mail address"));
        }
        return new Answer.Page(200, Html.template("consent.html", Map.of(
                "application", Html.text(client.name().isEmpty() ? "An application without a name" : client.name()),
                "destination", Html.text(target.destination()), "client_id", Html.text(client.id()),
                "learns", Html.of(learns), "request", Html.text(query), "form_token", tokens.of(person))),
                target.origin());
    }

    private static Html learns(String what) {
        return Html.template("consent-learns.html", Map.of("what", Html.text(what)));
    }

    @Override
    public Answer answer(Request request, Person person) throws Refusal {
        if (request.method().equals("GET")) {
            return list(person);
        }
        Parameters form = request.form();
        form.refuseRepeated();
        tokens.require(form, person);
        try {
            String decision = form.require("decision");
            return decision.equals("revoke") ? revoke(form.require("client_id"), person)
                    : decide(decision.equals("allow"), form.require("request"), person);
        } catch (StoreException e) {
            log.error("store", "fault", e.getMessage());
            throw new Refusal(OAuthError.TEMPORARILY_UNAVAILABLE, "the decision can't be stored", e.getMessage());
        }
    }

    private Answer decide(boolean isAllowed, String query, Person person) throws Refusal, StoreException {
        Parameters parameters = Parameters.parse(query);
        Client client = clients.find(parameters.require("client_id")).orElseThrow(
                () -> new Refusal(OAuthError.UNKNOWN_CLIENT, "the application is not registered here any more"));
        RedirectTarget target = RedirectTarget.of(client, parameters.require("redirect_uri"), issuer.get());
        log.info(isAllowed ? "consent" : "consent denied", "user", person.loginName(), "node",
                person.peer().node().name(), "client", client.id(), "application", client.name(),
                "to", target.destination());
        if (!isAllowed) {
            return new Answer.Redirect(target.withError(
                    new Refusal(OAuthError.ACCESS_DENIED, "the person did not allow it"), parameters.get("state")));
        }
        consents.allow(consent(client, person, target));
        return new Answer.Redirect("/authorize?" + query);
    }

    private Answer revoke(String clientId, Person person) throws StoreException {
        consents.revoke(person.subject(), clientId);
        grants.remove(person.subject(), clientId);
        log.info("consent revoked", "user", person.loginName(), "node", person.peer().node().name(),
                "client", clientId);
        return new Answer.Redirect("/consent");
    }

    private Answer list(Person person) {
        List<Html> rows = consents.of(person.subject()).stream().map(consent -> Html.template("consent-row.html",
                Map.of("application", Html.text(clients.find(consent.clientId()).map(Client::name)
                        .filter(name -> !name.isEmpty()).orElse(consent.clientId())),
                        "destination", Html.text(consent.destination()),
                        "client_id", Html.text(consent.clientId()), "form_token", tokens.of(person)))).toList();
        return new Answer.Page(200, Html.template("consents.html", Map.of("user", Html.text(person.loginName()),
                "rows", rows.isEmpty() ? Html.template("consent-none.html", Map.of()) : Html.of(rows))));
    }
}

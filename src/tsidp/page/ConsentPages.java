package tsidp.page;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import tsidp.client.Client;
import tsidp.client.Clients;
import tsidp.client.RedirectTarget;
import tsidp.client.Setting;
import tsidp.http.Answer;
import tsidp.http.Html;
import tsidp.http.Request;
import tsidp.json.JsonObject;
import tsidp.log.Log;
import tsidp.page.Notices.Notice;
import tsidp.person.Person;
import tsidp.protocol.Issuer;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Parameters;
import tsidp.protocol.Refusal;
import tsidp.protocol.Scopes;
import tsidp.store.StoreException;
import tsidp.token.AuthorizationRequest;
import tsidp.token.Consents;
import tsidp.token.Consents.Consent;
import tsidp.token.Revocation;

/// `/consent`: asks a person once whether a self-registered client may sign them in, and shows where the code will be
/// sent; GET lists what they allowed, and lets them revoke it. Clients that an administrator
/// added or trusts never ask.
public record ConsentPages(Supplier<Issuer> issuer, Clients clients, Consents consents,
        Revocation revocation, Sessions sessions, FormTokens tokens, Notices notices, Log log) {

    /// Whether the person must be asked first, as of now: the client may have changed since the request was read.
    public boolean mustAsk(AuthorizationRequest asked) {
        return clients.find(asked.client().id()).filter(client -> !client.needsConsent()).isEmpty()
                && !consents.has(asked.consent());
    }

    /// The page that asks. `query` is the request, to go on with.
    public Answer ask(AuthorizationRequest asked, String query) {
        String app = asked.target().application();
        List<Html> address = asked.target().parts().stream().map(Html::text).toList();
        List<Html> learns = learns(asked).stream()
                .map(what -> Html.template("consent-learns.html", "what", what)).toList();
        return new Answer.Page(200, Html.template("consent.html", Map.of("application",
                Html.text(name(asked.client())), "app", Html.text(app.isEmpty() ? ""
                        : " the app on this device that opens " + app + ", at"), "before", address.get(0),
                "destination", address.get(1), "after", address.get(2), "links", links(asked.client()), "user",
                Html.text(asked.person().loginName()), "learns", Html.of(learns), "query", Html.text(query),
                "form_token", tokens.of(asked.person()))),
                // Browsers check the redirect after a form against form-action too.
                "'self' " + asked.target().origin(), "'none'");
    }

    /// The page on which a person clicks Continue: nothing else proves that they are there.
    public Answer askToContinue(AuthorizationRequest asked, String query) {
        String device = asked.person().peer().node().name();
        return new Answer.Page(200, Html.template("continue.html", Map.of("application",
                Html.text(name(asked.client())), "user", Html.text(asked.person().loginName()), "device",
                Html.text(device.substring(0, device.indexOf('.') < 0 ? device.length() : device.indexOf('.'))),
                "query", Html.text(query), "form_token", tokens.of(asked.person()))),
                "'self' " + asked.target().origin(), "'none'");
    }

    private static Html links(Client client) {
        var links = new ArrayList<Html>();
        Map.of("Terms of service", Setting.TOS_URI, "Privacy policy", Setting.POLICY_URI).forEach((text, setting) ->
                setting.of(client).forEach(uri -> links.add(Html.template("consent-link.html",
                        Map.of("text", Html.text(text), "uri", Html.text(uri))))));
        return Html.of(links);
    }

    private List<String> learns(AuthorizationRequest asked) {
        Person person = asked.person();
        var learns = new ArrayList<String>();
        Scopes told = asked.client().told(asked.scopes());
        learns.add("your user number");
        if (told.has("profile")) {
            learns.add("your name and picture, and your login name " + person.loginName());
        }
        learns.add("the name and Tailscale addresses of the device that you are using");
        if (told.has("email")) {
            learns.add("your e-mail address " + person.email(issuer.get()));
        }
        if (told.has("groups")) {
            learns.add("your groups");
        }
        Set<String> extra = person.capabilities().addTo(JsonObject.EMPTY).members().keySet();
        if (!extra.isEmpty()) {
            learns.add("what your tailnet policy says about you: " + String.join(", ", extra));
        }
        if (!asked.resources().isEmpty()) {
            learns.add("a token in your name for " + String.join(", ", asked.resources()));
        }
        return learns;
    }

    private static String name(Client client) {
        return client.name().isBlank() ? "an unnamed application" : client.name();
    }

    /// Takes a person's decision, or takes back an earlier one.
    ///
    /// @throws StoreException if that can't be stored; then nothing has changed
    public Answer decide(Request request, Person person) throws Refusal {
        Parameters form = request.form();
        tokens.require(form, person);
        String decision = form.require("decision");
        return switch (decision) {
            case "revoke" -> revoke(form.require("client_id"), person);
            case "continue" -> sessions.in(sessions.continued(request, person), person, goOn(request, true));
            default -> decide(decision.equals("allow"), request, person);
        };
    }

    /// Back to the authorization request, without what the person has just done.
    ///
    /// @param mayAskAgain whether a consent that the client asks for is still to be given
    private static Answer goOn(Request request, boolean mayAskAgain) throws Refusal {
        boolean asksConsent = mayAskAgain
                && List.of(request.query().get("prompt").orElse("").split(" +")).contains("consent");
        String rest = Arrays.stream(request.rawQuery().split("&"))
                .filter(pair -> !pair.startsWith("prompt=") && !pair.startsWith("max_age="))
                .collect(Collectors.joining("&"));
        return new Answer.Redirect("/authorize?" + rest + (asksConsent ? "&prompt=consent" : ""));
    }

    /// The query of the form's address is the authorization request.
    private Answer decide(boolean isAllowed, Request request, Person person) throws Refusal {
        Parameters parameters = request.query();
        Client client = clients.find(parameters.require("client_id")).orElseThrow(
                () -> new Refusal(OAuthError.UNKNOWN_CLIENT, "the application is no longer registered here"));
        RedirectTarget target = RedirectTarget.of(client, parameters.require("redirect_uri"), issuer.get());
        log.info(isAllowed ? "consent" : "consent denied", "user", person.loginName(), "node",
                person.peer().node().name(), "client", client.id(), "application", client.name(),
                "to", target.destination());
        if (!isAllowed) {
            return new AuthorizationResponse(target, parameters).error(
                    new Refusal(OAuthError.ACCESS_DENIED, "the user denied the request"));
        }
        consents.allow(AuthorizationRequest.read(parameters, client, target, person).consent());
        return goOn(request, false);
    }

    private Answer revoke(String clientId, Person person) {
        revocation.consent(person.subject(), clientId);
        log.info("consent revoked", "user", person.loginName(), "node", person.peer().node().name(),
                "client", clientId);
        String name = clients.find(clientId).map(ConsentPages::name).orElse("An application");
        return notices.redirect(person, "/consent", new Notice(name + " must ask you again.", false));
    }

    /// The applications that a person allowed.
    public Answer list(Request request, Person person) {
        List<Html> rows = consents.of(person.subject()).stream().map(consent -> row(consent, person)).toList();
        Html list = rows.isEmpty() ? Html.template("consent-none.html", Map.of())
                : Html.template("consent-list.html", Map.of("rows", Html.of(rows)));
        return new Answer.Page(200, Layout.page("Applications you allowed", person, Html.template("consents.html",
                Map.of("notice", Notices.html(notices.take(person, "/consent")), "list", list))));
    }

    private Html row(Consent consent, Person person) {
        String name = clients.find(consent.clientId()).map(ConsentPages::name).orElse("A removed application");
        return Html.template("consent-row.html", Map.of("application", Html.text(name),
                "destination", Html.text(consent.destination()), "client_id", Html.text(consent.clientId()),
                "form_token", tokens.of(person)));
    }
}

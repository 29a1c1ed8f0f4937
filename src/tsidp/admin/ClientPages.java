package tsidp.admin;

import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import tsidp.client.Client;
import tsidp.http.Answer;
import tsidp.http.Html;
import tsidp.http.Request;
import tsidp.page.FormTokens;
import tsidp.page.Layout;
import tsidp.page.Notices;
import tsidp.page.Notices.Notice;
import tsidp.person.Administrator;
import tsidp.person.Person;
import tsidp.protocol.Issuer;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Parameters;
import tsidp.protocol.Refusal;

/// The administrator's pages: `/` lists and searches, `/new` creates, `/edit/{id}` changes. Without script they do all
/// they do; with it, a text can be copied by a button. A form that was taken is answered with a redirect to a page that
/// says so once, and that once shows a new secret; a form that was not comes back as it was written.
public record ClientPages(ClientsApi api, Supplier<Issuer> issuer, FormTokens tokens, Notices notices) {

    private static final String EDIT = "Edit OIDC Client";

    /// Lists and searches.
    public Answer list(Request request, Administrator administrator) throws Refusal {
        Person person = administrator.person();
        Html notice = Notices.html(notices.take(person, "/"));
        return page(200, "Tailscale OIDC Identity Provider", person,
                ClientListPage.of(api.all(), request.query(), notice));
    }

    /// The form for a new client.
    public Answer newClient(Request request, Administrator administrator) {
        Person person = administrator.person();
        return page(200, "Add New OIDC Client", person, newForm("", "", false, Html.NONE, person));
    }

    /// A client, or the question whether to do what `confirm` says.
    public Answer show(Request request, Administrator administrator) throws Refusal {
        Person person = administrator.person();
        Parameters query = request.query();
        Client client = api.find(request.id());
        Optional<Confirmation> asked = Confirmation.of(query.get("confirm").orElse(""), client);
        if (asked.isPresent()) {
            return confirm(asked.get(), client, person);
        }
        Optional<Notice> notice = notices.take(person, ClientPage.path(client));
        return page(200, EDIT, person, clientPage(client, person, Notices.html(notice))
                .html(notice.filter(Notice::showsSecret).isPresent()));
    }

    /// Makes a client.
    public Answer create(Request request, Administrator administrator) throws Refusal {
        Person person = administrator.person();
        Parameters form = form(request, person);
        try {
            Client client = api.create(form, person.described());
            return notices.redirect(person, ClientPage.path(client), new Notice(client.isPublic() ? "Client created."
                    : "Client created. Copy the secret now: it is not shown again.", true));
        } catch (Refusal refusal) {
            return page(refusal.error().status(), "Add New OIDC Client", person, newForm(form.get("name").orElse(""),
                    form.get("redirect_uri").orElse(""), form.get("token_endpoint_auth_method").isPresent(),
                    fault(refusal), person));
        }
    }

    private Parameters form(Request request, Person person) throws Refusal {
        Parameters form = request.form();
        tokens.require(form, person);
        return form;
    }

    /// Changes or removes a client.
    public Answer change(Request request, Administrator administrator) throws Refusal {
        Person person = administrator.person();
        Parameters form = form(request, person);
        Client client = api.find(request.id());
        String action = form.require("action");
        if (action.equals("update")) {
            return update(client, form, person);
        }
        Confirmation asked = Confirmation.of(action, client).orElseThrow(
                () -> new Refusal(OAuthError.INVALID_REQUEST, "this action is not available for this client"));
        if (form.get("confirmed").isEmpty()) {
            return confirm(asked, client, person);
        }
        return switch (asked) {
            case REGENERATE -> {
                api.regenerateSecret(client.id(), person.described());
                yield notices.redirect(person, ClientPage.path(client),
                        new Notice("Secret regenerated. Copy it now: it is not shown again.", true));
            }
            case TRUST, DISTRUST -> update(client, form, person);
            case DELETE -> {
                api.remove(client.id(), person.described());
                yield notices.redirect(person, "/", new Notice(ClientPage.name(client) + " was deleted.", false));
            }
        };
    }

    private Answer update(Client client, Parameters form, Person person) throws Refusal {
        try {
            api.update(client.id(), form, person.described());
            return notices.redirect(person, ClientPage.path(client), new Notice("Client updated.", false));
        } catch (Refusal refusal) {
            return page(refusal.error().status(), EDIT, person,
                    clientPage(client, person, fault(refusal)).html(
                            form.names("name") ? form.get("name").orElse("") : client.name(),
                            form.get("redirect_uri").orElse(""), false));
        }
    }

    private ClientPage clientPage(Client client, Person person, Html message) {
        return new ClientPage(client, issuer.get(), tokens.of(person), message);
    }

    private Html newForm(String name, String redirectUris, boolean isPublic, Html message, Person person) {
        return Html.template("new.html", Map.of("name", Html.text(name), "redirect_uri", Html.text(redirectUris),
                "public", Html.text(isPublic ? "checked" : ""), "message", message, "form_token", tokens.of(person)));
    }

    private Answer confirm(Confirmation asked, Client client, Person person) {
        return page(200, asked.title(), person, Html.template("confirm.html", Map.of(
                "title", Html.text(asked.title()), "warning", Html.text(asked.warning()),
                "action", Html.text(asked.action()), "name", Html.text(ClientPage.name(client)),
                "client_id", Html.text(client.id()), "path", Html.text(ClientPage.path(client)),
                "form_token", tokens.of(person), "more", trust(asked, client))));
    }

    /// The redirect URIs are part of the form: what is trusted is what was shown.
    private static Html trust(Confirmation asked, Client client) {
        return switch (asked) {
            case TRUST -> Html.template("confirm-trust.html", Map.of(
                    "redirect_uri", Html.text(String.join("\n", client.redirectUris())),
                    "uris", Html.of(client.redirectUris().stream()
                            .map(uri -> Html.template("confirm-uri.html", "uri", uri)).toList())));
            case DISTRUST -> Html.template("confirm-distrust.html", Map.of());
            case REGENERATE, DELETE -> Html.NONE;
        };
    }

    private static Answer page(int status, String title, Person person, Html content) {
        return new Answer.Page(status, Layout.admin(title, person, content));
    }

    private static Html fault(Refusal refusal) {
        return Html.template("fault.html", Map.of("text", Html.text("Not saved: " + refusal.description() + "."),
                "detail", Html.text(refusal.detail())));
    }
}

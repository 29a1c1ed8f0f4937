package tsidp.admin;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import tsidp.http.Answer;
import tsidp.http.Endpoint;
import tsidp.http.FormTokens;
import tsidp.http.Html;
import tsidp.http.Request;
import tsidp.log.Log;
import tsidp.oauth.Administrator;
import tsidp.oauth.Client;
import tsidp.oauth.Issuer;
import tsidp.oauth.OAuthError;
import tsidp.oauth.Parameters;
import tsidp.oauth.Refusal;
import tsidp.oauth.Scopes;
import tsidp.store.StoreException;

/// The administrator's pages: `/` lists and searches, `/new` creates, `/edit/{id}` changes. Without script they do all
/// they do; with it, a text can be copied by a button.
public final class ClientPages implements Endpoint<Administrator> {

    /// Ours: clients on one page.
    private static final int PAGE = 50;

    private final ClientsApi api;
    private final Supplier<Issuer> issuer;
    private final FormTokens tokens;
    private final Log log;

    /// Pages over this API.
    public ClientPages(ClientsApi api, Supplier<Issuer> issuer, FormTokens tokens, Log log) {
        this.api = api;
        this.issuer = issuer;
        this.tokens = tokens;
        this.log = log;
    }

    @Override
    public Answer answer(Request request, Administrator administrator) throws Refusal {
        boolean isPost = request.method().equals("POST");
        Parameters form = isPost ? request.form() : request.query();
        if (isPost) {
            form.refuseRepeated();
            tokens.require(form, administrator.person());
        }
        try {
            if (request.path().equals("/")) {
                return list(form);
            }
            if (request.path().equals("/new")) {
                return isPost ? create(form, administrator) : page(200, "new.html", administrator, form("", "", ""));
            }
            Client client = api.find(request.id());
            return isPost ? change(client, form, administrator) : edit(client, administrator, "", 200);
        } catch (StoreException e) {
            log.error("store", "fault", e.getMessage());
            throw new Refusal(OAuthError.TEMPORARILY_UNAVAILABLE, "the change can't be stored", e.getMessage());
        }
    }

    private Answer list(Parameters query) throws Refusal {
        String search = query.get("q").orElse("");
        String wanted = search.toLowerCase(Locale.ROOT);
        int from = query.get("from").filter(text -> text.matches("[0-9]{1,6}")).map(Integer::parseInt).orElse(0);
        List<Client> found = api.all().stream().filter(client -> matches(client, wanted)).toList();
        List<Html> rows = found.stream().skip(from).limit(PAGE).map(ClientPages::row).toList();
        var values = new HashMap<String, Html>();
        values.put("q", Html.text(search));
        values.put("count", Html.text(found.size() == 1 ? "1 client" : found.size() + " clients"));
        values.put("rows", rows.isEmpty() ? Html.template("client-none.html", Map.of()) : Html.of(rows));
        values.put("more", from + PAGE >= found.size() ? Html.NONE : Html.template("client-more.html", Map.of("q",
                Html.text(URLEncoder.encode(search, StandardCharsets.UTF_8)),
                "from", Html.text("" + (from + PAGE)))));
        return new Answer.Page(200, Html.template("clients.html", values));
    }

    private static boolean matches(Client client, String wanted) {
        return client.name().toLowerCase(Locale.ROOT).contains(wanted) || client.id().contains(wanted)
                || client.redirectUris().stream().anyMatch(uri -> uri.toLowerCase(Locale.ROOT).contains(wanted));
    }

    private static Html row(Client client) {
        String kind = (client.isPublic() ? "public " : "") + (client.isDynamic() ? "registered itself" : "");
        return Html.template("client-row.html", Map.of("client_id", Html.text(client.id()),
                "name", Html.text(client.name().isEmpty() ? "(no name)" : client.name()), "kind", Html.text(kind),
                "redirect_uri", Html.text(client.redirectUris().isEmpty() ? "" : client.redirectUris().getFirst())));
    }

    private Answer create(Parameters form, Administrator administrator) throws Refusal, StoreException {
        try {
            return secret(api.create(form, administrator.person().loginName()), administrator, "Client created");
        } catch (Refusal refusal) {
            return page(refusal.error().status(), "new.html", administrator, form(form.get("name").orElse(""),
                    form.get("redirect_uri").orElse(""), sentence(refusal)));
        }
    }

    private Answer change(Client client, Parameters form, Administrator administrator)
            throws Refusal, StoreException {
        String who = administrator.person().loginName();
        boolean isConfirmed = form.get("confirmed").isPresent();
        switch (form.require("action")) {
            case "update" -> {
                try {
                    return edit(api.update(client.id(), form, who), administrator, "Client updated.", 200);
                } catch (Refusal refusal) {
                    return edit(client, administrator, sentence(refusal), refusal.error().status());
                }
            }
            case "regenerate" -> {
                return isConfirmed ? secret(api.regenerateSecret(client.id(), who), administrator, "New secret")
                        : confirm(client, administrator, "regenerate", "Regenerate Secret",
                                "The application can't sign anybody in until it has the new secret.");
            }
            case "delete" -> {
                if (!isConfirmed) {
                    return confirm(client, administrator, "delete", "Delete Client",
                            "Nobody can sign in to the application any more, and everything it was given is revoked.");
                }
                api.remove(client.id(), who);
                return new Answer.Redirect("/");
            }
            default -> throw new Refusal(OAuthError.INVALID_REQUEST, "action is not known");
        }
    }

    private Answer edit(Client client, Administrator administrator, String message, int status) {
        var values = form(client.name(), String.join("\n", client.redirectUris()), message);
        values.put("client_id", Html.text(client.id()));
        values.put("connection", connection(client));
        values.put("regenerate", client.isPublic() ? Html.NONE
                : Html.template("regenerate.html", Map.of("client_id", Html.text(client.id()),
                        "form_token", tokens.of(administrator.person()))));
        return page(status, "edit.html", administrator, values);
    }

    private Answer secret(Client client, Administrator administrator, String title) {
        var values = new HashMap<String, Html>();
        values.put("title", Html.text(title));
        values.put("name", Html.text(client.name()));
        values.put("client_id", Html.text(client.id()));
        values.put("secret", client.isPublic() ? Html.template("no-secret.html", Map.of())
                : Html.template("value.html", Map.of("name", Html.text("Client Secret"),
                        "id", Html.text("client-secret"), "value", Html.text(client.secret()))));
        values.put("connection", connection(client));
        return page(200, "secret.html", administrator, values);
    }

    private Answer confirm(Client client, Administrator administrator, String action, String title, String warning) {
        var values = new HashMap<String, Html>();
        values.put("title", Html.text(title));
        values.put("warning", Html.text(warning));
        values.put("name", Html.text(client.name()));
        values.put("client_id", Html.text(client.id()));
        values.put("action", Html.text(action));
        return page(200, "confirm.html", administrator, values);
    }

    /// What its operator pastes into the application.
    private Html connection(Client client) {
        Issuer us = issuer.get();
        var values = new ArrayList<Html>();
        values.add(value("Client ID", client.id()));
        values.add(value("Issuer", us.url()));
        values.add(value("Discovery URL", us.url("/.well-known/openid-configuration")));
        values.add(value("Authorization endpoint", us.url("/authorize")));
        values.add(value("Token endpoint", us.url("/token")));
        values.add(value("UserInfo endpoint", us.url("/userinfo")));
        values.add(value("Introspection endpoint", us.url("/introspect")));
        values.add(value("JWKS URL", us.url("/.well-known/jwks.json")));
        values.add(value("Scopes", String.join(" ", Scopes.SUPPORTED)));
        return Html.of(values);
    }

    private static Html value(String name, String value) {
        return Html.template("value.html", Map.of("name", Html.text(name), "value", Html.text(value),
                "id", Html.text(name.toLowerCase(Locale.ROOT).replace(' ', '-'))));
    }

    private static Map<String, Html> form(String name, String redirectUris, String message) {
        var values = new HashMap<String, Html>();
        values.put("name", Html.text(name));
        values.put("redirect_uri", Html.text(redirectUris));
        values.put("message", message.isEmpty() ? Html.NONE
                : Html.template("message.html", Map.of("message", Html.text(message))));
        return values;
    }

    private Answer page(int status, String file, Administrator administrator, Map<String, Html> values) {
        values.put("form_token", tokens.of(administrator.person()));
        return new Answer.Page(status, Html.template(file, values));
    }

    private static String sentence(Refusal refusal) {
        String detail = refusal.detail().isEmpty() ? "" : ": " + refusal.detail();
        return "Not saved: " + refusal.description() + detail + ".";
    }
}

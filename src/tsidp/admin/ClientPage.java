package tsidp.admin;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tsidp.client.Client;
import tsidp.client.Setting;
import tsidp.http.Html;
import tsidp.jose.Algorithm;
import tsidp.protocol.Issuer;
import tsidp.protocol.Scopes;

/// `/edit/{id}`: the values to paste into the application, then what can be changed about the client.
///
/// @param formToken of the administrator
/// @param message the result of the last form; may be empty
record ClientPage(Client client, Issuer issuer, Html formToken, Html message) {

    /// The path of a client's page.
    static String path(Client client) {
        return "/edit/" + client.id();
    }

    /// A client's name for display.
    static String name(Client client) {
        return client.name().isBlank() ? "(no name)" : client.name();
    }

    /// Labels for what is special about a client.
    static Html badges(Client client) {
        var badges = new ArrayList<Html>();
        if (client.isPublic()) {
            badges.add(Html.template("badge.html", "text", "public"));
        }
        if (client.isDynamic()) {
            badges.add(Html.template("badge.html", "text", "registered itself"));
        }
        if (client.isTrusted()) {
            badges.add(Html.template("badge.html", "text", "trusted"));
        }
        return Html.of(badges);
    }

    /// The content, with the client's current values in the form.
    Html html(boolean showsSecret) {
        return html(client.name(), String.join("\n", client.redirectUris()), showsSecret);
    }

    /// The content, with the submitted values in the form.
    Html html(String name, String redirectUris, boolean showsSecret) {
        var values = new HashMap<String, Html>();
        values.put("title", Html.text(name(client)));
        values.put("badges", badges(client));
        values.put("message", message);
        values.put("client_id", Html.text(client.id()));
        values.put("path", Html.text(path(client)));
        values.put("form_token", formToken);
        values.put("name", Html.text(name));
        values.put("redirect_uri", Html.text(redirectUris));
        values.put("algorithms", Html.of(Algorithm.names().stream().map(one -> Html.template("option.html",
                Map.of("name", Html.text(one), "selected", Html.text(Setting.ID_TOKEN_ALGORITHM.of(client)
                        .contains(one) ? "selected" : "")))).toList()));
        values.put("credentials", credentials(showsSecret));
        values.put("endpoints", endpoints());
        values.put("actions", Html.of(Confirmation.of(client).map(this::action).toList()));
        return Html.template("edit.html", values);
    }

    private Html action(Confirmation action) {
        return Html.template("edit-action.html", Map.of("action", Html.text(action.action()),
                "heading", Html.text(action.heading()), "hint", Html.text(action.hint()),
                "title", Html.text(action.title()), "path", Html.text(path(client)),
                "danger", Html.text(action == Confirmation.DELETE ? "danger" : "")));
    }

    private Html credentials(boolean showsSecret) {
        var values = new ArrayList<Html>();
        values.add(value("Client ID", client.id()));
        if (client.isPublic()) {
            values.add(Html.template("no-secret.html", Map.of()));
        } else if (showsSecret) {
            values.add(value("Client Secret", client.secret()));
        }
        return Html.of(values);
    }

    private Html endpoints() {
        return Html.of(List.of(
                value("Issuer", issuer.url()),
                value("Discovery URL", issuer.url("/.well-known/openid-configuration")),
                value("Authorization endpoint", issuer.url("/authorize")),
                value("Token endpoint", issuer.url("/token")),
                value("UserInfo endpoint", issuer.url("/userinfo")),
                value("Introspection endpoint", issuer.url("/introspect")),
                value("JWKS URL", issuer.url("/.well-known/jwks.json")),
                value("Scopes", Scopes.STANDARD.toString())));
    }

    private static Html value(String name, String value) {
        return Html.template("value.html", Map.of("name", Html.text(name), "value", Html.text(value),
                "id", Html.text(name.toLowerCase(Locale.ROOT).replace(' ', '-'))));
    }
}

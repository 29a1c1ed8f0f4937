package tsidp.flow;

import java.nio.charset.StandardCharsets;
import java.util.List;
import tsidp.client.Client;
import tsidp.fake.Browser;
import tsidp.fake.RelyingParty;
import tsidp.fake.Reply;
import tsidp.json.JsonObject;

/// Dynamic registration (RFC 7591, RFC 7592), as applications send it. JSON is written with ' for ".
final class Dcr {

    private Dcr() {
    }

    static Reply register(Browser browser, String json) {
        return send(browser, "POST", "/register", json, "");
    }

    static Reply read(Browser browser, Reply registered) {
        return browser.get(path(registered), "Authorization", "Bearer " + token(registered));
    }

    static Reply update(Browser browser, Reply registered, String json) {
        return send(browser, "PUT", path(registered), json, token(registered));
    }

    static Reply remove(Browser browser, Reply registered) {
        return browser.send("DELETE", path(registered), new byte[0], "Authorization", "Bearer " + token(registered));
    }

    static String path(Reply registered) {
        return "/register/" + registered.string("client_id");
    }

    static String token(Reply registered) {
        return registered.string("registration_access_token");
    }

    static Reply send(Browser browser, String method, String path, String json, String token) {
        byte[] body = json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        return token.isEmpty() ? browser.send(method, path, body, "Content-Type", "application/json")
                : browser.send(method, path, body, "Content-Type", "application/json", "Authorization",
                        "Bearer " + token);
    }

    static Client client(Reply registered) {
        JsonObject json = registered.json();
        return new Client(registered.string("client_id"), registered.string("client_secret"),
                registered.string("client_name"), json.strings("redirect_uris").orElse(List.of()),
                registered.string("token_endpoint_auth_method"), json);
    }

    static RelyingParty party(Browser browser, Reply registered) {
        return new RelyingParty(browser, client(registered));
    }
}

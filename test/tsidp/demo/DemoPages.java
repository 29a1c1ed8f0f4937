package tsidp.demo;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import tsidp.http.Html;
import tsidp.json.JsonObject;
import tsidp.json.JsonWriter;

/// The pages: files in the folder web/ beside this class, with their values.
final class DemoPages {

    private DemoPages() {
    }

    static Html home(Visitor visitor, Optional<SignedIn> session, String issuer) {
        var values = new HashMap<String, Html>();
        for (Visitor each : Visitor.values()) {
            values.put(each.wireName(), Html.text(String.valueOf(each == visitor)));
        }
        values.put("you", Html.text(visitor.spoken()));
        values.put("session", session.map(DemoPages::signedIn)
                .orElseGet(() -> Html.template("signed-out.html", Map.of())));
        values.put("issuer", Html.text(issuer));
        return page("Demo application", Html.template("home.html", values));
    }

    static Html fault(LoginException fault) {
        return page("That did not work", Html.template("demo-fault.html", Map.of(
                "sentence", Html.text(fault.getMessage()),
                "error", Html.text(fault.error()))));
    }

    private static Html signedIn(SignedIn session) {
        String refreshed = switch (session.refreshes()) {
            case 0 -> "The ID token is verified: its signature with the provider’s published key, issuer, audience,"
                    + " expiry and nonce.";
            case 1 -> "Refreshed once: a new ID token, verified like the first.";
            default -> "Refreshed " + session.refreshes() + " times: each a new ID token, verified like the first.";
        };
        return Html.template("signed-in.html", Map.of(
                "name", Html.text(session.name()),
                "refreshed", Html.text(refreshed),
                "header", json(session.header()),
                "claims", json(session.claims()),
                "userinfo", json(session.userInfo())));
    }

    private static Html page(String title, Html main) {
        return Html.template("demo-page.html", Map.of("title", Html.text(title), "main", main));
    }

    private static Html json(JsonObject object) {
        return Html.text(JsonWriter.writeIndented(object));
    }
}

package tsidp.http;

import java.util.LinkedHashMap;
import java.util.Map;
import tsidp.http.Answer.Document;
import tsidp.http.Answer.Page;
import tsidp.http.Answer.Text;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.json.JsonWriter;
import tsidp.protocol.MissingCapability;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Refusal;

/// How a route presents a refusal.
public enum RefusalStyle {
    /// To a program: JSON (RFC 6749 §5.2).
    JSON,
    /// To a program with an access token: JSON, and a Bearer challenge (RFC 6750 §3).
    BEARER,
    /// To a person: a page for a browser, JSON for a client that accepts it, otherwise plain text.
    PAGE;

    /// The refusal as an answer.
    Answer answer(Request request, Refusal refusal) {
        int status = refusal.error().status();
        if (this == PAGE && request.isNavigation()) {
            return new Page(status, refusal.missing().equals(MissingCapability.NONE) ? page(refusal, Html.NONE)
                    : grantPage(refusal));
        }
        if (this == PAGE && !request.accepts("application/json")) {
            return new Text(status, sentence(refusal.description()) + "\n");
        }
        var json = new LinkedHashMap<String, JsonValue>();
        if (!refusal.error().wireName().isEmpty()) {
            json.put("error", JsonValue.of(refusal.error().wireName()));
        }
        json.put("error_description", JsonValue.of(refusal.description()));
        return new Document(status, new JsonObject(json));
    }

    /// The challenge that RFC 9110 §15.5.2 requires with a 401; empty for any other status.
    String challenge(Refusal refusal) {
        if (this == BEARER && !refusal.error().wireName().isEmpty()) {
            return "Bearer error=\"" + refusal.error().wireName() + "\", error_description=\"" + refusal.description()
                    + "\"";
        }
        if (refusal.error() == OAuthError.OVER_FUNNEL) {
            // No browser knows this scheme, so none prompts for a password, which nobody has.
            return "Tailscale realm=\"tsidp\"";
        }
        if (refusal.error().status() != 401) {
            return "";
        }
        return this == BEARER ? "Bearer realm=\"tsidp\"" : "Basic realm=\"tsidp\"";
    }

    /// The page that shows a refusal to a person, with a way back if there is one.
    public static Html page(Refusal refusal, Html back) {
        return Html.template("refusal.html", Map.of("title", Html.text(title(refusal.error())),
                "sentence", Html.text(sentence(refusal.description())),
                "advice", Html.text(advice(refusal.error())), "back", back, "error", error(refusal)));
    }

    /// A page with a grant for the tailnet policy that gives this person, and nobody else, the missing capability.
    private static Html grantPage(Refusal refusal) {
        MissingCapability missing = refusal.missing();
        return Html.template("grant.html", Map.of("sentence", Html.text(sentence(refusal.description())),
                "user", Html.text(missing.loginName()), "src", quoted(missing.loginName()),
                "dst", quoted(missing.destination()), "field", Html.text(missing.field()), "error", error(refusal)));
    }

    private static Html quoted(String text) {
        return Html.text(JsonWriter.write(JsonValue.of(text)));
    }

    private static Html error(Refusal refusal) {
        return Html.text(refusal.error().wireName() + " (" + refusal.error().status() + ")");
    }

    private static String sentence(String description) {
        return Character.toUpperCase(description.charAt(0)) + description.substring(1) + ".";
    }

    private static String title(OAuthError error) {
        return switch (error) {
            case NOT_GRANTED -> "You do not have access";
            case FOREIGN_FORM -> "Your changes were not saved";
            case ACCESS_DENIED, OVER_FUNNEL -> "You can\u2019t sign in from here";
            case TEMPORARILY_UNAVAILABLE, CROWDED -> "Signing in is temporarily unavailable";
            case SERVER_ERROR -> "Something went wrong";
            case NOT_FOUND -> "Page not found";
            case MISDIRECTED_REQUEST -> "Wrong address";
            default -> "The application sent an invalid request";
        };
    }

    private static String advice(OAuthError error) {
        return switch (error) {
            case ACCESS_DENIED -> "Open the application again on a device where you are signed in to Tailscale. Tagged"
                    + " devices belong to services, and devices outside the tailnet are unknown: neither can sign a"
                    + " person in.";
            case NOT_GRANTED -> "Ask an administrator of your tailnet.";
            case FOREIGN_FORM -> "Nothing was changed. Open the page again on this server and repeat what you did. If"
                    + " another site brought you here, it tried to act in your name: close it.";
            case OVER_FUNNEL -> "Connect this device to Tailscale and open the application again: you can\u2019t be"
                    + " identified over the Internet.";
            case TEMPORARILY_UNAVAILABLE, CROWDED -> "Try again in a minute. If it keeps failing, tell whoever"
                    + " runs this server: its log says why.";
            case SERVER_ERROR -> "Tell whoever runs this server the number above: its log has the details.";
            case NOT_FOUND, MISDIRECTED_REQUEST -> "Go back to the application and sign in from there.";
            default -> "Go back to the application and try again. If that fails, show the message above to whoever set"
                    + " the application up: its client ID and redirect URI must match what is registered here.";
        };
    }
}

package tsidp.page;

import java.util.Map;
import tsidp.client.RedirectTarget;
import tsidp.client.ResponseMode;
import tsidp.http.Answer;
import tsidp.http.Html;
import tsidp.http.RefusalStyle;
import tsidp.protocol.Parameters;
import tsidp.protocol.Refusal;
import tsidp.protocol.Secrets;

/// The answer to an authorization request, on its way to the client: by a redirect, or by a page that posts itself and
/// has a button where there is no script (`response_mode`; OAuth 2.0 Form Post Response Mode §2).
///
/// @param parameters of the request, which may be at fault
public record AuthorizationResponse(RedirectTarget target, Parameters parameters) {

    private static final String SCRIPT = "form-post.js";

    /// Content Security Policy 3 §2.3.1: a hash-source for the one script within the page.
    private static final String SCRIPT_SOURCE = "'sha256-"
            + Secrets.sha256(Html.template(SCRIPT, Map.of()).toString()).replace('-', '+').replace('_', '/') + "='";

    /// Gives the client its code.
    public Answer code(String code) {
        return answer(target.code(code, parameters.once("state")));
    }

    /// Tells the client that its request was refused.
    public Answer error(Refusal refusal) {
        return answer(target.error(refusal, parameters.once("state")));
    }

    private Answer answer(Map<String, String> answer) {
        if (mode() != ResponseMode.FORM_POST) {
            return new Answer.Redirect(target.url(mode(), answer));
        }
        return new Answer.Page(200, Html.template("form-post.html", Map.of("form", link(answer),
                "script", Html.template(SCRIPT, Map.of()))), target.formAction(), SCRIPT_SOURCE);
    }

    /// Tells the person that the request was refused, with a link by which they tell the client.
    public Answer page(Refusal refusal) {
        return new Answer.Page(refusal.error().status(), RefusalStyle.page(refusal,
                link(target.error(refusal, parameters.once("state")))), target.formAction(), "'none'");
    }

    private Html link(Map<String, String> answer) {
        String url = target.url(mode(), answer);
        if (mode() != ResponseMode.FORM_POST) {
            return Html.template("return.html", "url", url);
        }
        return Html.template("return-form.html", Map.of("url", Html.text(url), "fields", Html.of(answer.entrySet()
                .stream().map(field -> Html.template("return-field.html", Map.of("name", Html.text(field.getKey()),
                        "value", Html.text(field.getValue())))).toList())));
    }

    private ResponseMode mode() {
        return target.mode(parameters.once("response_mode")).orElse(ResponseMode.QUERY);
    }
}

package tsidp.page;

import tsidp.http.Html;
import tsidp.person.Person;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Parameters;
import tsidp.protocol.Refusal;
import tsidp.protocol.Secrets;

/// The token in each of our forms: it shows that a page of ours, made for this person, sent it. Good until a restart.
public final class FormTokens {

    /// The name of the form field.
    public static final String FIELD = "form_token";

    private final String key;

    /// Tokens under a new key.
    public FormTokens(Secrets secrets) {
        this.key = secrets.base64Url(32);
    }

    /// The token for a person's forms.
    public Html of(Person person) {
        return Html.text(token(person));
    }

    /// Refuses a form without the person's token, or with anything twice.
    ///
    /// @throws Refusal (access_denied; invalid_request)
    public void require(Parameters form, Person person) throws Refusal {
        form.refuseRepeated();
        if (!Secrets.equal(form.get(FIELD).orElse(""), token(person))) {
            throw new Refusal(OAuthError.FOREIGN_FORM, "this form is too old, or was never ours");
        }
    }

    private String token(Person person) {
        return Secrets.hmac(key, person.subject());
    }
}

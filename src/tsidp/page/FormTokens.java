package tsidp.page;

import java.util.Optional;
import tsidp.http.Html;
import tsidp.person.Person;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Parameters;
import tsidp.protocol.Refusal;
import tsidp.protocol.Secrets;
import tsidp.store.Codec;
import tsidp.store.Kind;
import tsidp.store.Store;

/// The anti-CSRF token of our forms: proves that a page of ours, made for this person, sent the form. Valid until a
/// restart.
public final class FormTokens {

    /// The name of the form field.
    public static final String FIELD = "form_token";

    private final String key;

    /// Reads the key, or creates one.
    public FormTokens(Store store, Secrets secrets) {
        this.key = store.open(new Kind<String>("form keys", Codec.none()))
                .change("current", found -> found.or(() -> Optional.of(secrets.base64Url(32)))).orElseThrow();
    }

    /// The token for a person's forms.
    public Html of(Person person) {
        return Html.text(token(person));
    }

    /// Refuses a form without the person's token, or with a repeated field.
    ///
    /// @throws Refusal (access_denied; invalid_request)
    public void require(Parameters form, Person person) throws Refusal {
        form.refuseRepeated();
        if (!Secrets.equal(form.get(FIELD).orElse(""), token(person))) {
            throw new Refusal(OAuthError.FOREIGN_FORM, "this form has expired, or was not issued by this server");
        }
    }

    private String token(Person person) {
        return Secrets.hmac(key, person.subject());
    }
}

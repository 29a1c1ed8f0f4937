package tsidp.oauth;

import java.util.function.Consumer;

/// A person whom the tailnet's policy lets administer the clients (`allow_admin_ui`).
public final class Administrator {

    private final Person person;

    private Administrator(Person person) {
        this.person = person;
    }

    /// The person, if a rule says so. Faults of rules are handed to `faults`, as sentences.
    ///
    /// @throws Refusal (access_denied)
    public static Administrator of(Person person, Consumer<String> faults) throws Refusal {
        if (!Capabilities.of(person, faults).allowsAdminUi()) {
            throw new Refusal(OAuthError.NOT_GRANTED, "no grant of the tailnet policy lets you administer the clients: allow_admin_ui of"
                    + " tailscale.com/cap/tsidp is missing", "person " + person.loginName());
        }
        return new Administrator(person);
    }

    /// Who that is.
    public Person person() {
        return person;
    }
}

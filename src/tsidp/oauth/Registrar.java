package tsidp.oauth;

import java.util.function.Consumer;

/// A person whom the tailnet's policy lets register clients (`allow_dcr`).
public final class Registrar {

    private final Person person;

    private Registrar(Person person) {
        this.person = person;
    }

    /// The person, if a rule says so. Faults of rules are handed to `faults`, as sentences.
    ///
    /// @throws Refusal (access_denied)
    public static Registrar of(Person person, Consumer<String> faults) throws Refusal {
        if (!Capabilities.of(person, faults).allowsDcr()) {
            throw new Refusal(OAuthError.NOT_GRANTED, "no grant of the tailnet policy lets you register clients: allow_dcr of"
                    + " tailscale.com/cap/tsidp is missing", "person " + person.loginName());
        }
        return new Registrar(person);
    }

    /// Who that is.
    public Person person() {
        return person;
    }
}

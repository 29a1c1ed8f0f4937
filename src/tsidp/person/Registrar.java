package tsidp.person;

import tsidp.protocol.Refusal;

/// A person whom the tailnet policy allows to register clients (`allow_dcr`).
public final class Registrar {

    private final Person person;

    private Registrar(Person person) {
        this.person = person;
    }

    /// The person, if a rule says so. `destination` is what the policy calls this node, for a person who lacks it.
    ///
    /// @throws Refusal (access_denied)
    public static Registrar of(Person person, String destination) throws Refusal {
        if (!person.capabilities().allowsDcr()) {
            throw Refusal.notGranted(person.missing("allow_dcr", destination), "register clients",
                    person.described());
        }
        return new Registrar(person);
    }

    /// The person.
    public Person person() {
        return person;
    }
}

package tsidp.person;

import java.util.function.Consumer;
import tsidp.protocol.Refusal;

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
            throw Refusal.notGranted(person.missing("allow_dcr"), "register clients", person.described());
        }
        return new Registrar(person);
    }

    /// Who that is.
    public Person person() {
        return person;
    }
}

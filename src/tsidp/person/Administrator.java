package tsidp.person;

import java.util.function.Consumer;
import tsidp.protocol.Refusal;

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
            throw Refusal.notGranted(person.missing("allow_admin_ui"), "administer the clients", person.described());
        }
        return new Administrator(person);
    }

    /// Who that is.
    public Person person() {
        return person;
    }
}

package tsidp.person;

import tsidp.protocol.Refusal;

/// A person whom the tailnet policy allows to administer the clients (`allow_admin_ui`).
public final class Administrator {

    private final Person person;

    private Administrator(Person person) {
        this.person = person;
    }

    /// The person, if a rule says so. `destination` is what the policy calls this node, for a person who lacks it.
    ///
    /// @throws Refusal (access_denied)
    public static Administrator of(Person person, String destination) throws Refusal {
        if (!person.capabilities().allowsAdminUi()) {
            throw Refusal.notGranted(person.missing("allow_admin_ui", destination), "administer the clients",
                    person.described());
        }
        return new Administrator(person);
    }

    /// The person.
    public Person person() {
        return person;
    }
}

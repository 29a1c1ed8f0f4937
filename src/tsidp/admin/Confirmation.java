package tsidp.admin;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import tsidp.client.Client;

/// What is asked about before it is done.
enum Confirmation {
    REGENERATE("Regenerate Secret",
            "The old secret stops working at once: the application can\u2019t sign anybody in until it has the new"
                    + " one."),
    DELETE("Delete Client",
            "Nobody can sign in to the application any more, and every token that it was given stops working.");

    private final String title;
    private final String warning;

    Confirmation(String title, String warning) {
        this.title = title;
        this.warning = warning;
    }

    /// The one that an action of a form or a query names, where it makes sense for the client.
    static Optional<Confirmation> of(String action, Client client) {
        return Stream.of(values()).filter(asked -> asked.action().equals(action))
                .filter(asked -> asked != REGENERATE || !client.isPublic()).findFirst();
    }

    String action() {
        return name().toLowerCase(Locale.ROOT);
    }

    String title() {
        return title;
    }

    String warning() {
        return warning;
    }
}

package tsidp.admin;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import tsidp.client.Client;

/// Actions that must be confirmed.
enum Confirmation {
    REGENERATE("Regenerate Secret",
            "The old secret stops working immediately: nobody can sign in to the application until it has the new"
                    + " one."),
    DELETE("Delete Client",
            "Nobody can sign in to the application any more, and all of its tokens stop working.");

    private final String title;
    private final String warning;

    Confirmation(String title, String warning) {
        this.title = title;
        this.warning = warning;
    }

    /// The confirmation for the action named in a form or a query, if the client supports it.
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

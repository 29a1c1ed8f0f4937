package tsidp.admin;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import tsidp.client.Client;

/// Actions that must be confirmed.
enum Confirmation {
    REGENERATE("Secret",
            "The secret is shown only when it is created. If it was lost or has leaked, generate a new one.",
            "Regenerate Secret", "The old secret stops working immediately: nobody can sign in to the application until"
                    + " it has the new one."),
    TRUST("Consent", "This client registered itself: it asks each person before it learns who they are.",
            "Trust Client", "Nobody is asked any more before the application learns who they are. Trust it only if you"
                    + " know the application at each of its redirect URIs. If it changes them itself, the trust ends."),
    DISTRUST("Consent", "An administrator trusts this client: nobody is asked before it learns who they are.",
            "Stop Trusting Client", "All sign-ins to the application end, and each person is asked before the next"
                    + " one."),
    DELETE("Delete", "Nobody will be able to sign in to the application any more.",
            "Delete Client", "Nobody can sign in to the application any more, and all of its tokens stop working.");

    private final String heading;
    private final String hint;
    private final String title;
    private final String warning;

    Confirmation(String heading, String hint, String title, String warning) {
        this.heading = heading;
        this.hint = hint;
        this.title = title;
        this.warning = warning;
    }

    /// The confirmation for the action named in a form or a query, if the client supports it.
    static Optional<Confirmation> of(String action, Client client) {
        return of(client).filter(asked -> asked.action().equals(action)).findFirst();
    }

    /// Those that the client supports.
    static Stream<Confirmation> of(Client client) {
        return Stream.of(values()).filter(asked -> switch (asked) {
            case REGENERATE -> !client.isPublic();
            case TRUST -> client.needsConsent();
            case DISTRUST -> client.isTrusted();
            case DELETE -> true;
        });
    }

    /// The heading on the client's page, above `hint`.
    String heading() {
        return heading;
    }

    String hint() {
        return hint;
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

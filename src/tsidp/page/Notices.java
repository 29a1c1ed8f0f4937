package tsidp.page;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import tsidp.http.Answer;
import tsidp.http.Html;
import tsidp.person.Person;
import tsidp.store.ExpiringMap;

/// Messages that a person's next page at a path shows once. A form is answered with a redirect and a notice, so that
/// reloading the page repeats neither the form nor the notice.
public final class Notices {

    /// Ours: the browser follows the redirect immediately.
    private static final Duration LIFETIME = Duration.ofMinutes(1);
    private static final int CAPACITY = 1000;

    /// A notice.
    ///
    /// @param showsSecret whether the page shows the client's secret, which it does only once
    public record Notice(String text, boolean showsSecret) {
    }

    private record Place(String subject, String path) {
    }

    private final ExpiringMap<Place, Notice> notices;
    private final InstantSource clock;

    /// No notices yet.
    public Notices(InstantSource clock) {
        this.notices = new ExpiringMap<>(CAPACITY, clock);
        this.clock = clock;
    }

    /// Leaves a notice for a person at a path, and sends the browser there.
    public Answer redirect(Person person, String path, Notice notice) {
        notices.put(new Place(person.subject(), path), notice, clock.instant().plus(LIFETIME));
        return new Answer.Redirect(path);
    }

    /// Takes the notice for a person at a path, if there is one.
    public Optional<Notice> take(Person person, String path) {
        return notices.take(new Place(person.subject(), path));
    }

    /// The notice as part of a page; nothing if there is none.
    public static Html html(Optional<Notice> notice) {
        return notice.map(said -> Html.template("notice.html", "text", said.text())).orElse(Html.NONE);
    }
}

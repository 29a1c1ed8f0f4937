package tsidp.page;

import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tsidp.http.Answer;
import tsidp.http.Request;
import tsidp.person.Person;
import tsidp.protocol.Secrets;
import tsidp.store.SteadyClock;
import tsidp.token.Session;
import tsidp.token.SigningKeys;

/// The sessions of browsers. Each is in a cookie, which is authenticated and bound to its person; nothing is kept here.
/// A cookie of another person, a changed one or an old one counts as none.
public record Sessions(SigningKeys keys, Secrets secrets, SteadyClock clock) {

    /// Ours, in seconds: 30 days, as a refresh token that is not used.
    private static final long MAX_AGE = 30 * 24 * 3600;

    /// Ours, in bytes.
    private static final int ID_BYTES = 16;

    private static final Pattern COOKIE = Pattern.compile(
            Request.COOKIE + "=(([A-Za-z0-9_-]{22})\\.([0-9]{1,12})\\.([sco]))\\.([A-Za-z0-9_-]{43})");

    /// What is known of a browser.
    ///
    /// @param isSignedOut whether the person signed out there, and has not clicked Continue since
    public record Known(Session session, boolean isSignedOut) {
    }

    /// The session that a browser is in.
    public Optional<Known> of(Request request, Person person) {
        Matcher cookie = COOKIE.matcher(request.header("Cookie").orElse(""));
        if (!cookie.matches() || !Secrets.equal(mac(cookie.group(1), person), cookie.group(5))) {
            return Optional.empty();
        }
        Instant authenticated = Instant.ofEpochSecond(Long.parseLong(cookie.group(3)));
        Instant now = clock.toWall(clock.instant());
        return authenticated.plusSeconds(MAX_AGE).isBefore(now) ? Optional.empty()
                : Optional.of(new Known(new Session(cookie.group(2), clock.ofWall(authenticated),
                        cookie.group(4).equals("c")), cookie.group(4).equals("o")));
    }

    /// A new session, which begins now.
    public Session begun(boolean isConfirmed) {
        return new Session(secrets.base64Url(ID_BYTES), clock.instant(), isConfirmed);
    }

    /// The session after a click on Continue: the same, with a new moment, or a new one after the person signed out.
    public Session continued(Request request, Person person) {
        return of(request, person).filter(known -> !known.isSignedOut())
                .map(known -> new Session(known.session().id(), clock.instant(), true)).orElseGet(() -> begun(true));
    }

    /// An answer that puts its browser in a session.
    public Answer in(Session session, Person person, Answer answer) {
        return with(session, session.isConfirmed() ? "c" : "s", person, answer);
    }

    /// An answer after which its browser is in no session, and says so.
    public Answer signedOut(Session session, Person person, Answer answer) {
        return with(session, "o", person, answer);
    }

    /// SameSite=Lax: sent where a link leads here, but not from a frame or with a form of another site.
    private Answer with(Session session, String state, Person person, Answer answer) {
        String content = session.id() + "." + clock.toWall(session.authenticated()).getEpochSecond() + "." + state;
        return new Answer.Setting(answer, Request.COOKIE + "=" + content + "." + mac(content, person)
                + "; Path=/; Max-Age=" + MAX_AGE + "; Secure; HttpOnly; SameSite=Lax");
    }

    private String mac(String content, Person person) {
        return Secrets.hmac(keys.derived("session cookie"), person.subject() + " " + content);
    }
}

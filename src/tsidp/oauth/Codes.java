package tsidp.oauth;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Function;
import tsidp.store.ExpiringMap;

/// The codes that were given and not redeemed. They live in memory alone: after a restart a person logs in again,
/// without a click.
public final class Codes {

    /// The Go tsidp's; RFC 6749 §4.1.2 wants 10 minutes at most.
    private static final Duration LIFETIME = Duration.ofMinutes(5);

    /// The Go tsidp's: 32 hexadecimal characters.
    private static final int BYTES = 16;

    /// Ours: of all, and of one person, whose flood drops their own. Some 5 KB of memory each at the most.
    private static final int CAPACITY = 2_000;
    private static final int CAPACITY_EACH = 100;

    /// Ours: 132 bits of the code's hash.
    private static final int GRANT_ID_LENGTH = 22;

    private final Secrets secrets;
    private final InstantSource clock;
    private final ExpiringMap<String, AuthorizationCode> byGrantId;

    /// No codes yet.
    public Codes(Secrets secrets, InstantSource clock) {
        this.secrets = secrets;
        this.clock = clock;
        this.byGrantId = new ExpiringMap<>(CAPACITY, CAPACITY_EACH, code -> code.person().subject(), clock);
    }

    /// The id of the grant that a code opens or opened.
    public static String grantId(String code) {
        return Secrets.sha256(code).substring(0, GRANT_ID_LENGTH);
    }

    /// Gives a new code; `stands` makes what it stands for from its grant's id.
    public String give(Function<String, AuthorizationCode> stands) {
        String code = secrets.hex(BYTES);
        AuthorizationCode given = stands.apply(grantId(code));
        byGrantId.put(given.grantId(), given, clock.instant().plus(LIFETIME));
        return code;
    }

    /// What a code stands for, if it is good; it stays so.
    public Optional<AuthorizationCode> find(String code) {
        return byGrantId.get(grantId(code));
    }

    /// What a code stands for, if it is good; it is so no longer. Of several callers one gets it.
    public Optional<AuthorizationCode> take(String code) {
        return byGrantId.take(grantId(code));
    }

    /// Takes the codes of a client away.
    public void removeClient(String clientId) {
        byGrantId.values().stream().filter(code -> code.clientId().equals(clientId))
                .forEach(code -> byGrantId.take(code.grantId()));
    }

    /// Forgets what has expired.
    public void expire() {
        byGrantId.expire();
    }
}

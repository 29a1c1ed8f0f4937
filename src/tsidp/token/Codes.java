package tsidp.token;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.stream.Stream;
import tsidp.protocol.Secrets;
import tsidp.store.Budget;
import tsidp.store.ExpiringMap;
import tsidp.store.ExpiringMap.Bound;

/// The codes that were issued, and marks of those that were taken. They are kept only in memory: after a restart a
/// person signs in again, without a click.
///
/// A taken code leaves a mark, and `SignIns` opens its sign-in only while the mark is there. A second use removes the
/// mark and then the sign-in, so it ends what the first one gave, however the two interleave (RFC 6749 §4.1.2).
public final class Codes {

    /// The Go tsidp's; RFC 6749 §4.1.2 recommends at most 10 minutes.
    private static final Duration LIFETIME = Duration.ofMinutes(5);

    /// The Go tsidp's: 32 hexadecimal characters.
    private static final int BYTES = 16;

    /// Ours: in total, and for one person, so that a flood of codes drops only that person's.
    private static final int CAPACITY = 2_000;
    private static final int CAPACITY_EACH = 100;

    /// Ours: codes may take a sixteenth of the heap.
    private static final int PART = 16;

    /// Ours: 132 bits of the code's hash.
    private static final int SIGN_IN_ID_LENGTH = 22;

    private record Mark(String signInId, String clientId, String subject) {

        static Mark of(AuthorizationCode code) {
            return new Mark(code.signInId(), code.clientId(), code.subject());
        }
    }

    private final Secrets secrets;
    private final InstantSource clock;
    private final ExpiringMap<String, AuthorizationCode> given;
    private final ExpiringMap<String, Mark> taken;

    /// No codes yet.
    public Codes(Secrets secrets, InstantSource clock, Budget budget) {
        this.secrets = secrets;
        this.clock = clock;
        this.given = new ExpiringMap<>(AuthorizationCode::weight, budget.bounds("codes", PART, CAPACITY_EACH,
                CAPACITY, AuthorizationCode::subject, AuthorizationCode::clientId), clock, budget.warnings());
        this.taken = new ExpiringMap<>(_ -> 0, List.of(new Bound<>("taken codes of one person", Mark::subject,
                CAPACITY_EACH, 0), new Bound<>("taken codes", _ -> "", CAPACITY, 0)), clock, budget.warnings());
    }

    /// The id of the sign-in that a code opens or opened.
    public static String signInId(String code) {
        return Secrets.sha256(code).substring(0, SIGN_IN_ID_LENGTH);
    }

    /// Gives a new code for a request.
    public String give(AuthorizationRequest request) {
        String code = secrets.hex(BYTES);
        Instant now = clock.instant();
        AuthorizationCode given = request.code(signInId(code), now);
        this.given.put(given.signInId(), given, now.plus(LIFETIME));
        return code;
    }

    /// What a code authorizes, if it is valid; it stays valid.
    public Optional<AuthorizationCode> find(String code) {
        return given.get(signInId(code));
    }

    /// Takes a code: what it authorizes, if it is valid and was issued to this client. Of several callers only one gets
    /// it; a second call by the same client removes the mark that the first one left.
    public synchronized Optional<AuthorizationCode> take(String code, String clientId) {
        String id = signInId(code);
        Optional<AuthorizationCode> found = given.get(id).filter(known -> known.clientId().equals(clientId));
        if (found.isPresent()) {
            given.take(id);
            taken.put(id, Mark.of(found.get()), clock.instant().plus(LIFETIME));
        } else if (taken.get(id).filter(mark -> mark.clientId().equals(clientId)).isPresent()) {
            taken.take(id);
        }
        return found;
    }

    /// Makes a taken code valid again for the rest of its lifetime, unless it was replayed or removed in the meantime:
    /// its tokens could not be stored, and the client may retry.
    public synchronized void giveBack(AuthorizationCode code) {
        if (taken.take(code.signInId()).isPresent()) {
            given.put(code.signInId(), code, code.authorization().authenticated().plus(LIFETIME));
        }
    }

    /// Whether the sign-in of a taken code may be opened: the code did not come again, and was not removed.
    public boolean hasMark(AuthorizationCode code) {
        return taken.get(code.signInId()).isPresent();
    }

    /// Removes the codes, taken ones too, of the persons (by subject) and clients (by id) that `which` accepts.
    synchronized void remove(BiPredicate<String, String> which) {
        Stream.concat(given.values().stream().map(Mark::of), taken.values().stream())
                .filter(mark -> which.test(mark.subject(), mark.clientId())).forEach(mark -> {
                    given.take(mark.signInId());
                    taken.take(mark.signInId());
                });
    }

    /// Removes what has expired.
    public void expire() {
        given.expire();
        taken.expire();
    }
}

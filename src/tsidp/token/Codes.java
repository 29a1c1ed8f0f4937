package tsidp.token;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import tsidp.protocol.Secrets;
import tsidp.store.Budget;
import tsidp.store.Change;
import tsidp.store.Codec;
import tsidp.store.Entries;
import tsidp.store.Entry;
import tsidp.store.Kind;
import tsidp.store.Store;

/// The codes that were issued and not redeemed. They are kept only in memory: after a restart a person signs in again,
/// without a click.
///
/// A code is redeemed by one change, which removes it and opens its sign-in. So whoever comes a second time finds the
/// sign-in, and ends it, however the two interleave (RFC 6749 §4.1.2).
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

    private final Secrets secrets;
    private final InstantSource clock;
    private final Entries<AuthorizationCode> codes;

    /// No codes yet.
    public Codes(Store store, Secrets secrets, InstantSource clock, Budget budget) {
        this.secrets = secrets;
        this.clock = clock;
        this.codes = store.open(new Kind<>("codes", Codec.none(),
                code -> code.issued().plus(LIFETIME), UnaryOperator.identity(),
                AuthorizationCode::weight, budget.bounds("codes", PART, CAPACITY_EACH, CAPACITY,
                AuthorizationCode::subject, AuthorizationCode::clientId)));
    }

    /// The id of the sign-in that a code opens or opened.
    public static String signInId(String code) {
        return Secrets.sha256(code).substring(0, SIGN_IN_ID_LENGTH);
    }

    /// Gives a new code for a request, in the session of a browser.
    public String give(AuthorizationRequest request, Session session) {
        String code = secrets.hex(BYTES);
        codes.change(signInId(code), _ -> Optional.of(request.code(signInId(code), session, clock.instant())));
        return code;
    }

    /// What a code authorizes, if it is valid; it stays valid.
    public Optional<Entry<AuthorizationCode>> find(String code) {
        return codes.get(signInId(code));
    }

    /// The change that takes a code, so that nobody else can.
    Change<AuthorizationCode> taking(Entry<AuthorizationCode> code) {
        return codes.remove(code);
    }

    /// Ends a code that was sent with something wrong: it can't be tried again.
    ///
    /// @return whether it was still there: if not, this was a second use
    public boolean end(Entry<AuthorizationCode> code) {
        return codes.commit(List.of(codes.remove(code))).isPresent();
    }

    /// Removes the codes of the persons (by subject) and clients (by id) that `which` accepts.
    void remove(BiPredicate<String, String> which) {
        end(code -> which.test(code.subject(), code.clientId()));
    }

    /// Removes the codes that `which` accepts.
    void end(Predicate<AuthorizationCode> which) {
        codes.removeIf("", code -> which.test(code.value()));
    }
}

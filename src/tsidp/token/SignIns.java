package tsidp.token;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import java.util.function.BiPredicate;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.Stream;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.person.Person;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Refusal;
import tsidp.protocol.Scopes;
import tsidp.protocol.Secrets;
import tsidp.store.Budget;
import tsidp.store.ExpiringMap;
import tsidp.store.ExpiringMap.Bound;
import tsidp.store.Ledger;
import tsidp.store.StateDirectory;
import tsidp.store.SteadyClock;
import tsidp.store.StoreException;

/// Every sign-in and, inside them, every valid token. A token is the id of its sign-in (22 characters) and a secret
/// (43): the id finds the sign-in, the secret's hash is compared in constant time. Where refresh tokens rotate, one
/// that names a known sign-in but is not its current one was stolen, since nobody else knows the id, and ends the
/// sign-in (RFC 9700 §4.14).
///
/// Tokens are in the ledger before they are answered. Sign-ins expire 30 days after their last use.
public final class SignIns {

    /// The Go tsidp's lifetimes.
    public static final Duration ACCESS_TOKEN_LIFETIME = Duration.ofMinutes(5);
    private static final Duration REFRESH_TOKEN_LIFETIME = Duration.ofDays(30);

    /// Ours: how long a spent refresh token gets the same successor again; clients retry within a minute.
    private static final Duration RETRY = Duration.ofSeconds(60);

    /// Ours: how many sign-ins are kept of one person at one client, and in total. A person whose sign-in is dropped
    /// signs in again, without a click.
    private static final int CAPACITY_EACH = 20;
    private static final int CAPACITY = 10_000;

    /// Ours: sign-ins may take a quarter of the heap: about 10,000 in 96 MiB, if the policy has no rules.
    private static final int PART = 4;

    /// Ours.
    private static final int ID_LENGTH = 22;
    private static final int SECRET_BYTES = 32;
    private static final int TOKEN_LENGTH = 65;
    private static final int TOKEN_ID_BYTES = 16;

    private static final String FILE = "tsidp-grants.log";
    private static final JsonObject HEADER =
            JsonObject.EMPTY.with("format", JsonValue.of("tsidp grants")).with("version", JsonValue.of(1));

    /// Tokens as a client gets them.
    ///
    /// @param refreshToken empty after an exchange
    public record Tokens(String accessToken, String refreshToken) {

        /// Without the tokens, which a record's default text would contain.
        @Override
        public String toString() {
            return "Tokens";
        }
    }

    /// Tokens that are given, and may not be on the disk yet: `await` alone hands their texts out.
    public static final class Issued {

        private final SignIn signIn;
        private final AccessToken accessToken;
        private final Tokens tokens;
        private final Ledger.Receipt receipt;

        private Issued(SignIn signIn, AccessToken accessToken, Tokens tokens, Ledger.Receipt receipt) {
            this.signIn = signIn;
            this.accessToken = accessToken;
            this.tokens = tokens;
            this.receipt = receipt;
        }

        /// Of which they are.
        public SignIn signIn() {
            return signIn;
        }

        /// What is known of the access token.
        public AccessToken accessToken() {
            return accessToken;
        }

        /// The texts, once they are durable.
        ///
        /// @throws StoreException if they can't be stored: then they are worth nothing
        public Tokens await() throws StoreException {
            receipt.await();
            return tokens;
        }
    }

    /// A valid access token, and its sign-in.
    public record Held(SignIn signIn, AccessToken accessToken) {
    }

    private final Secrets secrets;
    private final SteadyClock clock;
    private final BiPredicate<String, String> isAuthorized;
    private final Predicate<String> isRegistered;
    private final Ledger ledger;
    private final ExpiringMap<String, SignIn> byId;
    /// Persons that sign-ins share, for as long as a sign-in refers to them.
    private final Map<Person, WeakReference<Person>> persons = new WeakHashMap<>();
    private int unreadable;
    private boolean hasDropped;

    private SignIns(StateDirectory directory, Secrets secrets, SteadyClock clock,
            BiPredicate<String, String> isAuthorized, Predicate<String> isRegistered, Budget budget)
            throws StoreException {
        this.secrets = secrets;
        this.clock = clock;
        this.isAuthorized = isAuthorized;
        this.isRegistered = isRegistered;
        this.byId = new ExpiringMap<>(SignIn::weight, bounds(budget), clock, budget.warnings());
        this.ledger = Ledger.open(directory, FILE, HEADER, this::replay);
        ledger.start(this, this::live);
        if (hasDropped) {
            ledger.rewrite();
        }
    }

    /// Reads the ledger, or creates it if there is none.
    ///
    /// @param isAuthorized whether a person (by subject) lets a client (by id) sign them in: what was given to another
    ///     is worth nothing
    /// @param isRegistered whether there is a client (by id): what it got by exchange is worth nothing without it
    /// @throws StoreException if it can't be read or is damaged
    public static SignIns open(StateDirectory directory, Secrets secrets, SteadyClock clock,
            BiPredicate<String, String> isAuthorized, Predicate<String> isRegistered, Budget budget)
            throws StoreException {
        var signIns = new SignIns(directory, secrets, clock, isAuthorized, isRegistered, budget);
        if (signIns.unreadable > 0) {
            signIns.close();
            throw new StoreException(directory.path(FILE) + " has records of another version of tsidp: run that one,"
                    + " or move the file away (then everybody signs in again)");
        }
        return signIns;
    }

    private static List<Bound<SignIn>> bounds(Budget budget) {
        var bounds = new ArrayList<Bound<SignIn>>(budget.bounds("sign-ins", PART, CAPACITY, CAPACITY,
                signIn -> signIn.person().subject(), SignIn::clientId));
        bounds.addFirst(new Bound<>("sign-ins of one person at one client",
                signIn -> signIn.clientId() + " " + signIn.person().subject(), CAPACITY_EACH, Long.MAX_VALUE));
        return bounds;
    }

    private void replay(JsonObject record) {
        Instant now = clock.instant();
        // Whatever the clock said when it was written, nothing lasts longer than a full lifetime from now.
        Optional<SignIn> put = record.object("put").flatMap(SignIn::fromJson).map(signIn -> signIn.by(clock::ofWall)
                .until(now, now.plus(ACCESS_TOKEN_LIFETIME), now.plus(REFRESH_TOKEN_LIFETIME)));
        if (put.isPresent()) {
            // Also where it is not kept: an earlier record of it must not stay.
            byId.take(put.get().id());
            if (now.isBefore(put.get().expires())) {
                hasDropped |= !isAuthorized(put.get()) || !keep(current(put.get())).isEmpty();
            }
        } else if (record.string("remove").isPresent()) {
            byId.take(record.string("remove").get());
        } else {
            unreadable++;
        }
    }

    private Stream<JsonObject> live() {
        return byId.values().stream().map(this::putRecord);
    }

    private static JsonObject removeRecord(SignIn signIn) {
        return new JsonObject(Map.of("remove", JsonValue.of(signIn.id())));
    }

    private JsonObject putRecord(SignIn signIn) {
        return new JsonObject(Map.of("put", signIn.by(clock::toWall).toJson()));
    }

    /// Opens a sign-in, and gives its first tokens. A client that wants fewer resources than its code has keeps fewer,
    /// as at the Go tsidp.
    ///
    /// @param id which no other sign-in has
    /// @param holds whether it may still be opened; asked under the lock under which sign-ins are removed
    /// @param undo makes good again what it was opened with, where it can't be stored
    /// @throws Refusal (invalid_grant) if it may not be opened any more
    public synchronized Issued open(String id, Authorization authorization, BooleanSupplier holds, Runnable undo)
            throws Refusal {
        if (!holds.getAsBoolean()) {
            throw invalid("the code is unknown, expired or used", "the code came a second time or was revoked before"
                    + " its tokens were issued");
        }
        Instant now = clock.instant();
        String secret = secrets.base64Url(SECRET_BYTES);
        String refreshSecret = secrets.base64Url(SECRET_BYTES);
        AccessToken accessToken = accessToken(secret, authorization.clientId(), authorization.scopes(),
                audience(authorization.clientId(), authorization.resources()), JsonObject.EMPTY, now);
        var signIn = new SignIn(id, authorization.clientId(), authorization.person(), authorization.scopes(),
                authorization.resources(), authorization.authenticated(), List.of(accessToken),
                refreshToken(refreshSecret, now), List.of());
        return issued(signIn, accessToken, secret, refreshSecret, undo);
    }

    /// The sign-in of a refresh token that is valid, or was until recently. Not under the lock: a replay waits for the
    /// disk.
    ///
    /// @param rotates whether each of the client's tokens works once
    /// @throws Refusal (invalid_grant) if the token is unknown, expired or another client's, or was spent too long ago;
    ///     in the last case the sign-in ends, if tokens rotate
    /// @throws StoreException if it ends and that can't be stored
    public SignIn ofRefreshToken(String token, String clientId, boolean rotates) throws Refusal, StoreException {
        SignIn signIn = find(token).filter(found -> found.clientId().equals(clientId)).orElseThrow(SignIns::unknown);
        if (!isGood(signIn, token)) {
            if (!rotates) {
                throw unknown();
            }
            remove(List.of(signIn)).await();
            throw invalid("the refresh token was already used: all tokens of this sign-in are revoked",
                    "replay of a refresh token of " + signIn.person().loginName() + ": the sign-in is revoked");
        }
        return signIn;
    }

    private static Refusal unknown() {
        return invalid("the refresh token is unknown, expired or revoked", "");
    }

    /// Redeems a refresh token for an access token with this scope and these resources. A token that rotates is spent,
    /// and has a successor, which a retry gets again; another is valid for longer, and given back. Call
    /// `ofRefreshToken` first: it ends the sign-in of a replayed token.
    ///
    /// @param rotates whether each of the client's tokens works once
    /// @throws Refusal (invalid_grant) if the token is not valid
    public synchronized Issued refresh(String token, String clientId, boolean rotates, Scopes scopes,
            List<String> resources) throws Refusal {
        SignIn signIn = find(token).filter(found -> found.clientId().equals(clientId) && isGood(found, token))
                .orElseThrow(SignIns::unknown);
        Instant now = clock.instant();
        String secret = secrets.base64Url(SECRET_BYTES);
        AccessToken accessToken = accessToken(secret, clientId, scopes, audience(clientId, resources),
                JsonObject.EMPTY, now);
        SignIn changed = signIn.withAccessToken(accessToken, now);
        String shown = token.substring(ID_LENGTH);
        Optional<SpentRefreshToken> retried = signIn.spent(Secrets.sha256(shown), now.minus(RETRY));
        if (!rotates && retried.isEmpty()) {
            return issued(changed.withRefreshToken(refreshToken(shown, now)), accessToken, secret, shown, () -> { });
        }
        SpentRefreshToken spent = retried.orElseGet(() -> new SpentRefreshToken(Secrets.sha256(shown),
                secrets.base64Url(SECRET_BYTES), now));
        String successor = spent.successor(shown);
        if (retried.isEmpty()) {
            changed = changed.withRefreshToken(refreshToken(successor, now), spent, now.minus(RETRY));
        }
        return issued(changed, accessToken, secret, successor, () -> { });
    }

    private boolean isGood(SignIn signIn, String token) {
        String hash = Secrets.sha256(token.substring(ID_LENGTH));
        return Secrets.equal(hash, signIn.refreshToken().hash())
                || signIn.spent(hash, clock.instant().minus(RETRY)).isPresent();
    }

    /// An access token, if it is valid.
    public synchronized Optional<Held> accessToken(String token) {
        Optional<SignIn> signIn = find(token);
        if (signIn.isEmpty()) {
            return Optional.empty();
        }
        String hash = Secrets.sha256(token.substring(ID_LENGTH));
        Instant now = clock.instant();
        return signIn.get().accessTokens().stream()
                .filter(known -> Secrets.equal(hash, known.hash()) && now.isBefore(known.expires())
                        && isRegistered.test(known.clientId()))
                .findFirst().map(known -> new Held(signIn.get(), known));
    }

    /// Issues a client an access token for another audience, in exchange for a valid one (RFC 8693). It ends with the
    /// sign-in.
    ///
    /// @param act who acts for the person; empty if nobody does
    /// @throws Refusal (invalid_request) if the sign-in has ended in the meantime
    public synchronized Issued exchange(Held subject, String clientId, Scopes scopes, List<String> audience,
            JsonObject act) throws Refusal {
        Instant now = clock.instant();
        String secret = secrets.base64Url(SECRET_BYTES);
        // Expires with the token that it is exchanged for: otherwise a leaked token could be renewed with the sign-in.
        AccessToken accessToken = accessToken(secret, clientId, scopes, audience, act, now)
                .until(subject.accessToken().expires());
        SignIn latest = byId.get(subject.signIn().id()).orElseThrow(() -> new Refusal(OAuthError.INVALID_REQUEST,
                "subject_token is unknown, expired or revoked"));
        return issued(latest.withExchanged(subject.accessToken(), accessToken, now), accessToken, secret, "",
                () -> { });
    }

    /// Ends every sign-in of the persons (by subject) to the clients (by id) that `which` accepts.
    public synchronized Ledger.Receipt remove(BiPredicate<String, String> which) {
        return remove(byId.values().stream()
                .filter(signIn -> which.test(signIn.person().subject(), signIn.clientId())).toList());
    }

    /// Ends the sign-in of that id and that client: its code came a second time (RFC 6749 §4.1.2).
    ///
    /// @return whether there was such a sign-in
    /// @throws StoreException if that can't be stored
    public boolean revoke(String id, String clientId) throws StoreException {
        List<SignIn> opened;
        Ledger.Receipt removed;
        synchronized (this) {
            opened = byId.get(id).filter(found -> found.clientId().equals(clientId)).stream().toList();
            removed = remove(opened);
        }
        removed.await();
        return !opened.isEmpty();
    }

    /// Removes what has expired, and retries a write that failed: the disk may have space again.
    public synchronized void expire() {
        byId.expire();
        byId.replaceAll(this::current);
        if (!ledger.fault().isEmpty()) {
            ledger.append(List.of(), () -> { });
        }
    }

    private SignIn current(SignIn signIn) {
        Instant now = clock.instant();
        return signIn.current(now, now.minus(RETRY));
    }

    /// The wall clock has jumped: rewrites the file with the new times.
    public void followClock() {
        ledger.rewrite();
    }

    /// Why sign-ins can't be stored at the moment, as a sentence; empty if they can.
    public String fault() {
        return ledger.fault();
    }

    /// The size in bytes of an incomplete record that the last process left.
    public long tornBytes() {
        return ledger.tornBytes();
    }

    /// Writes pending records and closes the ledger.
    public void close() {
        ledger.close();
    }

    private boolean isAuthorized(SignIn signIn) {
        return isAuthorized.test(signIn.person().subject(), signIn.clientId());
    }

    private Optional<SignIn> find(String token) {
        return token.length() != TOKEN_LENGTH ? Optional.empty()
                : byId.get(token.substring(0, ID_LENGTH)).filter(this::isAuthorized);
    }

    private AccessToken accessToken(String secret, String clientId, Scopes scopes, List<String> audience,
            JsonObject act, Instant now) {
        return new AccessToken(Secrets.sha256(secret), secrets.hex(TOKEN_ID_BYTES), clientId, scopes, audience, act,
                now, now.plus(ACCESS_TOKEN_LIFETIME));
    }

    private static List<String> audience(String clientId, List<String> resources) {
        return Stream.concat(Stream.of(clientId), resources.stream()).toList();
    }

    private static RefreshToken refreshToken(String secret, Instant now) {
        return new RefreshToken(Secrets.sha256(secret), now.plus(REFRESH_TOKEN_LIFETIME));
    }

    private Issued issued(SignIn signIn, AccessToken accessToken, String secret, String refreshSecret, Runnable undo) {
        Optional<SignIn> before = byId.get(signIn.id());
        List<SignIn> gone = keep(signIn);
        // What was dropped is removed in the file too: it must not come back at a start with more memory, revoked or
        // not.
        List<JsonObject> records = Stream.concat(Stream.of(putRecord(signIn)), gone.stream()
                .filter(other -> clock.instant().isBefore(other.expires())).map(SignIns::removeRecord)).toList();
        Ledger.Receipt receipt = ledger.append(records, () -> {
            // Dropped sign-ins are not restored: they may have been revoked in the meantime.
            if (byId.take(signIn.id()).isPresent()) {
                before.ifPresent(this::keep);
            }
            undo.run();
        });
        String refreshToken = refreshSecret.isEmpty() ? "" : signIn.id() + refreshSecret;
        return new Issued(signIn, accessToken, new Tokens(signIn.id() + secret, refreshToken), receipt);
    }

    /// Returns those that were dropped for it.
    private List<SignIn> keep(SignIn signIn) {
        Person shared = persons.computeIfAbsent(signIn.person(), WeakReference::new).get();
        return byId.put(signIn.id(), shared == null ? signIn : signIn.with(shared), signIn.expires());
    }

    /// Is not undone if it can't be written: what is revoked stays revoked, whatever the disk does, and the rewrite
    /// that follows a failure stores it.
    private synchronized Ledger.Receipt remove(List<SignIn> signIns) {
        signIns.forEach(signIn -> byId.take(signIn.id()));
        return ledger.append(signIns.stream().map(SignIns::removeRecord).toList(), () -> { });
    }

    private static Refusal invalid(String description, String detail) {
        return new Refusal(OAuthError.INVALID_GRANT, description, detail);
    }
}

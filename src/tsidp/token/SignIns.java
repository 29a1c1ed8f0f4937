package tsidp.token;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.stream.Stream;
import tsidp.jose.Algorithm;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.json.Members;
import tsidp.person.Person;
import tsidp.protocol.OAuthError;
import tsidp.protocol.Refusal;
import tsidp.protocol.Scopes;
import tsidp.protocol.Secrets;
import tsidp.store.Budget;
import tsidp.store.Change;
import tsidp.store.Codec;
import tsidp.store.Entries;
import tsidp.store.Entry;
import tsidp.store.ExpiringMap.Bound;
import tsidp.store.Kind;
import tsidp.store.Receipt;
import tsidp.store.SteadyClock;
import tsidp.store.Store;
import tsidp.store.StoreException;

/// Every sign-in and, inside them, every valid token. A token is the id of its sign-in (22 characters) and a secret
/// (43): the id finds the sign-in, the secret's hash is compared in constant time. Where refresh tokens rotate, one
/// that names a known sign-in but is not its current one was stolen, since nobody else knows the id, and ends the
/// sign-in (RFC 9700 §4.14).
///
/// Tokens are durable before they are answered. Sign-ins expire 30 days after their last use.
public final class SignIns {

    /// The Go tsidp's lifetimes.
    public static final Duration ACCESS_TOKEN_LIFETIME = Duration.ofMinutes(5);
    static final Duration REFRESH_TOKEN_LIFETIME = Duration.ofDays(30);

    /// Ours: how long a spent refresh token gets the same successor again; clients retry within a minute.
    private static final Duration RETRY = Duration.ofSeconds(60);

    /// Ours: how many sign-ins are kept of one person at one client. A person whose sign-in is dropped signs in again,
    /// without a click.
    private static final int CAPACITY_EACH = 20;

    /// Ours: sign-ins may take a quarter of the heap: about 10,000 in 96 MiB, if the policy has no rules.
    private static final int PART = 4;

    /// Ours.
    private static final int ID_LENGTH = 22;
    private static final int SECRET_BYTES = 32;
    private static final int TOKEN_LENGTH = 65;
    private static final int TOKEN_ID_BYTES = 16;

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
        private final Receipt receipt;

        private Issued(SignIn signIn, AccessToken accessToken, Tokens tokens, Receipt receipt) {
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

        /// The left half of the access token's hash, base64url (OpenID Connect Core §3.1.3.6). It tells nobody the
        /// token, so it need not wait.
        public String atHash(Algorithm algorithm) {
            return Secrets.leftHalf(tokens.accessToken(), algorithm.hash());
        }

        /// The texts, once they are durable.
        ///
        /// @throws StoreException if they can't be stored: then they are worth nothing
        public Tokens await() {
            receipt.await();
            return tokens;
        }
    }

    /// A valid access token, and its sign-in.
    public record Held(Entry<SignIn> entry, AccessToken accessToken) {

        /// The sign-in.
        public SignIn signIn() {
            return entry.value();
        }

        /// This token, of the sign-in with a person as they are now.
        Held with(SignIn now) {
            return new Held(new Entry<>(entry.key(), now, entry.revision()), accessToken);
        }
    }

    private final Secrets secrets;
    private final SteadyClock clock;
    private final BiPredicate<String, String> isAuthorized;
    private final Predicate<String> isRegistered;
    private final Entries<SignIn> signIns;
    private final List<BiConsumer<SignIn, String>> watchers = new CopyOnWriteArrayList<>();
    /// Persons that sign-ins share, for as long as a sign-in refers to them.
    private final Map<Person, WeakReference<Person>> persons = Collections.synchronizedMap(new WeakHashMap<>());

    private JsonValue written(SignIn signIn) {
        return signIn.by(clock::toWall).toJson();
    }

    /// Whatever the clock said when it was written, nothing lasts longer than a full lifetime from now.
    private SignIn read(JsonValue written) {
        Instant now = clock.instant();
        return current(shared(SignIn.of(Members.of(written)).by(clock::ofWall)
                .until(now, now.plus(ACCESS_TOKEN_LIFETIME), now.plus(REFRESH_TOKEN_LIFETIME))));
    }

    /// Reads the sign-ins.
    ///
    /// @param isAuthorized whether a person (by subject) lets a client (by id) sign them in: what was given to another
    ///     is worth nothing
    /// @param isRegistered whether there is a client (by id): what it got by exchange is worth nothing without it
    /// @throws StoreException if they can't be read
    public SignIns(Store store, Secrets secrets, SteadyClock clock, BiPredicate<String, String> isAuthorized,
            Predicate<String> isRegistered, Budget budget) {
        this.secrets = secrets;
        this.clock = clock;
        this.isAuthorized = isAuthorized;
        this.isRegistered = isRegistered;
        this.signIns = store.open(new Kind<>("sign-ins", new Codec<>(this::written, (_, written) -> read(written)),
                SignIn::expires, this::current, SignIn::weight, bounds(budget)));
        // Left by a process that died between two steps of a revocation.
        signIns.list("").stream().filter(read -> !isAuthorized(read))
                .forEach(read -> signIns.commit(List.of(signIns.remove(read))));
    }

    private boolean isAuthorized(Entry<SignIn> read) {
        return isAuthorized.test(read.value().person().subject(), read.value().clientId());
    }

    private static List<Bound<SignIn>> bounds(Budget budget) {
        var bounds = new ArrayList<Bound<SignIn>>(budget.bounds("sign-ins", PART, Integer.MAX_VALUE, Integer.MAX_VALUE,
                signIn -> signIn.person().subject(), SignIn::clientId));
        bounds.addFirst(new Bound<>("sign-ins of one person at one client",
                signIn -> signIn.clientId() + " " + signIn.person().subject(), CAPACITY_EACH, Long.MAX_VALUE));
        return bounds;
    }

    private SignIn current(SignIn signIn) {
        Instant now = clock.instant();
        return signIn.current(now, now.minus(RETRY));
    }

    /// Opens the sign-in of an authorization code, and gives its first tokens. A client that wants fewer resources than
    /// its code has keeps fewer, as at the Go tsidp.
    ///
    /// @throws Refusal (invalid_grant) if the code was taken in the meantime: that is a second use, which revokes what
    ///     the first one gave (RFC 6749 §4.1.2)
    /// @throws StoreException if it can't be stored: then the code stays good
    public Issued open(Codes codes, Entry<AuthorizationCode> code, List<String> resources) throws Refusal {
        Authorization authorization = code.value().authorization().with(resources);
        Instant now = clock.instant();
        String secret = secrets.base64Url(SECRET_BYTES);
        String refreshSecret = secrets.base64Url(SECRET_BYTES);
        AccessToken accessToken = accessToken(secret, authorization.clientId(), authorization.scopes(),
                audience(authorization.clientId(), resources), JsonObject.EMPTY, now);
        SignIn signIn = shared(new SignIn(code.key(), authorization.clientId(), authorization.person(),
                authorization.scopes(), resources, authorization.session(), List.of(accessToken),
                refreshToken(refreshSecret, now), List.of()));
        Optional<Issued> issued = issued(List.of(codes.taking(code), signIns.put(code.key(), signIn)), signIn,
                accessToken, secret, refreshSecret);
        return issued.isPresent() ? issued.get() : refuseSecondUse(code.key(), authorization.clientId());
    }

    /// Refuses a code that is not valid, and ends the sign-in that it opened, if it opened one and is the client's
    /// (RFC 6749 §4.1.2).
    ///
    /// @throws StoreException if that can't be stored
    public Issued refuseSecondUse(String id, String clientId) throws Refusal {
        boolean ended = end(id, signIn -> signIn.clientId().equals(clientId), "its authorization code was replayed");
        throw invalid("the code is unknown, expired or used",
                ended ? "authorization code replayed: its tokens are revoked" : "");
    }

    /// The sign-in of a refresh token that is valid, or was until recently.
    ///
    /// @param rotates whether each of the client's tokens works once
    /// @throws Refusal (invalid_grant) if the token is unknown, expired or another client's, or was spent too long ago;
    ///     in the last case the sign-in ends, if tokens rotate
    /// @throws StoreException if it ends and that can't be stored
    public Entry<SignIn> ofRefreshToken(String token, String clientId, boolean rotates) throws Refusal {
        Entry<SignIn> found = find(token).filter(known -> known.value().clientId().equals(clientId))
                .orElseThrow(SignIns::unknown);
        if (!isGood(found.value(), token)) {
            if (!rotates) {
                throw unknown();
            }
            end(found.key(), "its refresh token was replayed");
            throw invalid("the refresh token was already used: all tokens of this sign-in are revoked",
                    "replay of a refresh token of " + found.value().person().loginName() + ": the sign-in is revoked");
        }
        return found;
    }

    private static Refusal unknown() {
        return invalid("the refresh token is unknown, expired or revoked", "");
    }

    private boolean isGood(SignIn signIn, String token) {
        String hash = Secrets.sha256(token.substring(ID_LENGTH));
        return Secrets.equal(hash, signIn.refreshToken().hash())
                || signIn.spent(hash).filter(spent -> spent.spent().isAfter(clock.instant().minus(RETRY))).isPresent();
    }

    /// Redeems a refresh token for an access token with this scope and these resources. A token that rotates is spent,
    /// and has a successor, which a retry gets again; another is valid for longer, and given back.
    ///
    /// @param found what `ofRefreshToken` returned
    /// @param rotates whether each of the client's tokens works once
    /// @throws Refusal (invalid_grant) if the token is not valid any more
    public Issued refresh(Entry<SignIn> found, String token, boolean rotates, Scopes scopes, List<String> resources)
            throws Refusal {
        SignIn signIn = found.value();
        Instant now = clock.instant();
        String secret = secrets.base64Url(SECRET_BYTES);
        AccessToken accessToken = accessToken(secret, signIn.clientId(), scopes, audience(signIn.clientId(), resources),
                JsonObject.EMPTY, now);
        SignIn changed = signIn.withAccessToken(accessToken, now);
        String shown = token.substring(ID_LENGTH);
        String successor = shown;
        if (!Secrets.equal(Secrets.sha256(shown), signIn.refreshToken().hash())) {
            // `ofRefreshToken` found it among those that were spent recently.
            successor = signIn.spent(Secrets.sha256(shown)).map(spent -> spent.successor(shown))
                    .orElseThrow(SignIns::unknown);
        } else if (rotates) {
            var spent = new SpentRefreshToken(Secrets.sha256(shown), secrets.base64Url(SECRET_BYTES), now);
            successor = spent.successor(shown);
            changed = changed.withRefreshToken(refreshToken(successor, now), spent, now.minus(RETRY));
        } else {
            changed = changed.withRefreshToken(refreshToken(shown, now));
        }
        Optional<Issued> issued = issued(List.of(signIns.replace(found, changed)), changed, accessToken, secret,
                successor);
        return issued.isPresent() ? issued.get()
                : refresh(ofRefreshToken(token, signIn.clientId(), rotates), token, rotates, scopes, resources);
    }

    /// An access token, if it is valid.
    public Optional<Held> accessToken(String token) {
        Optional<Entry<SignIn>> found = find(token);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        String hash = Secrets.sha256(token.substring(ID_LENGTH));
        Instant now = clock.instant();
        SignIn signIn = found.get().value();
        return signIn.accessTokens().stream()
                .filter(known -> Secrets.equal(hash, known.hash()) && now.isBefore(known.expires())
                        && isRegistered.test(known.clientId()))
                .findFirst().map(known -> new Held(found.get(), known));
    }

    /// Issues a client an access token for another audience, in exchange for a valid one (RFC 8693). It ends with the
    /// sign-in.
    ///
    /// @param act who acts for the person; empty if nobody does
    /// @throws Refusal (invalid_request) if the sign-in has ended in the meantime
    public Issued exchange(Held subject, String clientId, Scopes scopes, List<String> audience, JsonObject act)
            throws Refusal {
        Instant now = clock.instant();
        String secret = secrets.base64Url(SECRET_BYTES);
        // Expires with the token that it is exchanged for: otherwise a leaked token could be renewed with the sign-in.
        AccessToken accessToken = accessToken(secret, clientId, scopes, audience, act, now)
                .until(subject.accessToken().expires());
        SignIn changed = subject.signIn().withExchanged(subject.accessToken(), accessToken, now);
        Optional<Issued> issued = issued(List.of(signIns.replace(subject.entry(), changed)), changed, accessToken,
                secret, "");
        if (issued.isPresent()) {
            return issued.get();
        }
        Entry<SignIn> latest = signIns.get(subject.entry().key()).orElseThrow(() -> new Refusal(
                OAuthError.INVALID_REQUEST, "subject_token is unknown, expired or revoked"));
        return exchange(new Held(latest, subject.accessToken()), clientId, scopes, audience, act);
    }

    /// Ends a valid token: an access token alone, a refresh token together with its sign-in.
    ///
    /// @throws Refusal (invalid_grant) if it is another client's
    /// @throws StoreException if that can't be stored
    public void revoke(String token, String clientId) throws Refusal {
        Optional<Held> access = accessToken(token);
        Optional<SignIn> refresh = find(token).map(Entry::value).filter(signIn -> isGood(signIn, token));
        if (access.filter(held -> !held.accessToken().clientId().equals(clientId)).isPresent()
                || refresh.filter(signIn -> !signIn.clientId().equals(clientId)).isPresent()) {
            throw invalid("the token was issued to another client", "client " + clientId + " tried to revoke it");
        }
        access.ifPresent(held -> signIns.change(held.entry().key(),
                found -> found.map(signIn -> signIn.without(held.accessToken()))));
        refresh.ifPresent(signIn -> end(signIn.id(), "its refresh token was revoked"));
    }

    /// Calls a listener with each sign-in that is ended from now on, and why. It must not wait. A sign-in that expires,
    /// or gives way to others, is not ended.
    public void watch(BiConsumer<SignIn, String> watcher) {
        watchers.add(watcher);
    }

    /// Those that have not ended.
    public List<SignIn> all() {
        return signIns.list("").stream().map(Entry::value).toList();
    }

    /// Ends every sign-in that `which` accepts.
    ///
    /// @throws StoreException if that can't be stored: they have ended all the same
    public void end(Predicate<SignIn> which, String why) {
        signIns.removeIf("", signIn -> which.test(signIn.value())).forEach(ended -> tell(ended.value(), why));
    }

    /// Ends one sign-in, if it has not ended.
    ///
    /// @throws StoreException if that can't be stored: it has ended all the same
    public void end(String id, String why) {
        end(id, _ -> true, why);
    }

    private boolean end(String id, Predicate<SignIn> which, String why) {
        var last = new AtomicReference<Optional<SignIn>>(Optional.empty());
        signIns.change(id, found -> {
            last.set(found.filter(which));
            return found.filter(which.negate());
        });
        last.get().ifPresent(ended -> tell(ended, why));
        return last.get().isPresent();
    }

    private void tell(SignIn ended, String why) {
        watchers.forEach(watcher -> watcher.accept(ended, why));
    }

    private Optional<Entry<SignIn>> find(String token) {
        return token.length() != TOKEN_LENGTH ? Optional.empty() : signIns.get(token.substring(0, ID_LENGTH))
                .filter(this::isAuthorized);
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

    private Optional<Issued> issued(List<Change<?>> changes, SignIn signIn, AccessToken accessToken, String secret,
            String refreshSecret) {
        String refreshToken = refreshSecret.isEmpty() ? "" : signIn.id() + refreshSecret;
        return signIns.commit(changes).map(receipt ->
                new Issued(signIn, accessToken, new Tokens(signIn.id() + secret, refreshToken), receipt));
    }

    private SignIn shared(SignIn signIn) {
        Person shared = persons.computeIfAbsent(signIn.person(), WeakReference::new).get();
        return shared == null ? signIn : signIn.with(shared);
    }

    private static Refusal invalid(String description, String detail) {
        return new Refusal(OAuthError.INVALID_GRANT, description, detail);
    }
}

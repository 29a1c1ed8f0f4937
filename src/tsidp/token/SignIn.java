package tsidp.token;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.json.Members;
import tsidp.person.Person;
import tsidp.protocol.Scopes;
import tsidp.protocol.Secrets;
import tsidp.tailnet.Peer;

/// What one person granted one client by signing in once, and the tokens for it. Immutable: redeeming a token creates
/// another sign-in with the same id.
///
/// @param id the first part of each of its tokens, 22 characters of base64url
/// @param person as whois identified them at the latest
/// @param session of the browser in which they signed in
/// @param accessTokens those that may still be valid, oldest first
/// @param spent the refresh tokens that were spent recently, oldest first
public record SignIn(String id, String clientId, Person person, Scopes scopes, List<String> resources,
        Session session, List<AccessToken> accessTokens, RefreshToken refreshToken,
        List<SpentRefreshToken> spent) {

    /// Ours: more than a client that refreshes constantly gets within the lifetime of an access token.
    private static final int MAX_TOKENS = 32;

    /// Ours, in bytes of heap: all access tokens of one sign-in. The largest possible one takes about 30 KiB.
    private static final long MAX_TOKENS_WEIGHT = 64 << 10;

    /// Ours, in bytes of heap: a sign-in without its lists and its person, including its entry in `SignIns`; a spent
    /// token.
    private static final int OWN_WEIGHT = 1120;
    private static final int SPENT_WEIGHT = 220;

    /// Copies the lists and drops the oldest tokens beyond the limits.
    public SignIn {
        resources = List.copyOf(resources);
        int first = 0;
        while (exceeds(accessTokens.subList(first, accessTokens.size()))) {
            first++;
        }
        accessTokens = List.copyOf(accessTokens.subList(first, accessTokens.size()));
        spent = List.copyOf(spent.subList(Math.max(0, spent.size() - MAX_TOKENS), spent.size()));
    }

    private static boolean exceeds(List<AccessToken> tokens) {
        return tokens.size() > MAX_TOKENS || weight(tokens) > MAX_TOKENS_WEIGHT;
    }

    private static long weight(List<AccessToken> tokens) {
        return tokens.stream().mapToLong(AccessToken::weight).sum();
    }

    /// Approximate size in bytes of heap, as if it shared nothing with others: so the sum is an upper bound, whatever
    /// is actually shared.
    long weight() {
        return OWN_WEIGHT + person.weight() + JsonValue.weight(resources) + weight(accessTokens)
                + (long) SPENT_WEIGHT * spent.size();
    }

    /// When a token of it was redeemed at the latest.
    public Instant used() {
        return refreshToken.expires().minus(SignIns.REFRESH_TOKEN_LIFETIME);
    }

    /// When its last token expires.
    Instant expires() {
        return refreshToken.expires();
    }

    /// This sign-in with an equal, shared person.
    SignIn with(Person samePerson) {
        return new SignIn(id, clientId, samePerson, scopes, resources, session, accessTokens, refreshToken,
                spent);
    }

    /// With one more access token, and without those that have expired.
    SignIn withAccessToken(AccessToken accessToken, Instant now) {
        List<AccessToken> good = good(now);
        good.add(accessToken);
        return with(good, spent);
    }

    /// Without an access token.
    SignIn without(AccessToken accessToken) {
        return with(accessTokens.stream().filter(other -> !other.hash().equals(accessToken.hash())).toList(), spent);
    }

    /// With an access token that another was exchanged for. If there are too many, the oldest of the same client are
    /// dropped: a client that keeps exchanging one token must not lose it, nor drop the tokens of others.
    SignIn withExchanged(AccessToken subject, AccessToken accessToken, Instant now) {
        List<AccessToken> good = good(now);
        good.add(accessToken);
        List<AccessToken> sameClients = good.stream().filter(older -> older != accessToken
                && older.clientId().equals(accessToken.clientId()) && !older.hash().equals(subject.hash())).toList();
        for (AccessToken oldest : sameClients) {
            if (exceeds(good)) {
                good.remove(oldest);
            }
        }
        return with(good, spent);
    }

    /// Without tokens that have expired, and without those that were spent before `earliest`.
    SignIn current(Instant now, Instant earliest) {
        List<AccessToken> good = good(now);
        List<SpentRefreshToken> recent = recent(earliest);
        return good.size() == accessTokens.size() && recent.size() == spent.size() ? this : with(good, recent);
    }

    private List<AccessToken> good(Instant now) {
        return new ArrayList<>(accessTokens.stream().filter(token -> now.isBefore(token.expires())).toList());
    }

    private List<SpentRefreshToken> recent(Instant earliest) {
        return new ArrayList<>(spent.stream().filter(older -> older.spent().isAfter(earliest)).toList());
    }

    private SignIn with(List<AccessToken> otherAccessTokens, List<SpentRefreshToken> otherSpent) {
        return new SignIn(id, clientId, person, scopes, resources, session, otherAccessTokens, refreshToken,
                otherSpent);
    }

    /// With its refresh token valid for longer.
    SignIn withRefreshToken(RefreshToken prolonged) {
        return new SignIn(id, clientId, person, scopes, resources, session, accessTokens, prolonged, spent);
    }

    /// With the successor of a refresh token that is spent now. Those spent before `earliest` are forgotten: a sign-in
    /// knows its current token, so any other is a replay.
    SignIn withRefreshToken(RefreshToken successor, SpentRefreshToken nowSpent, Instant earliest) {
        List<SpentRefreshToken> recent = recent(earliest);
        recent.add(nowSpent);
        return new SignIn(id, clientId, person, scopes, resources, session, accessTokens, successor, recent);
    }

    /// The refresh token with this hash, if it was spent recently.
    Optional<SpentRefreshToken> spent(String hash) {
        return spent.stream().filter(token -> Secrets.equal(hash, token.hash())).findFirst();
    }

    /// This sign-in in the time of another clock.
    SignIn by(UnaryOperator<Instant> clock) {
        return new SignIn(id, clientId, person, scopes, resources, session.by(clock),
                accessTokens.stream().map(token -> token.by(clock)).toList(),
                new RefreshToken(refreshToken.hash(), clock.apply(refreshToken.expires())), spent.stream()
                .map(token -> new SpentRefreshToken(token.hash(), token.salt(), clock.apply(token.spent()))).toList());
    }

    /// This sign-in, with tokens that expire no later than given, and without spending times later than now.
    SignIn until(Instant now, Instant accessTokensEnd, Instant refreshTokenEnds) {
        return new SignIn(id, clientId, person, scopes, resources, session,
                accessTokens.stream().map(token -> token.until(accessTokensEnd)).toList(),
                new RefreshToken(refreshToken.hash(), earlier(refreshToken.expires(), refreshTokenEnds)), spent.stream()
                .map(token -> new SpentRefreshToken(token.hash(), token.salt(), earlier(token.spent(), now))).toList());
    }

    private static Instant earlier(Instant moment, Instant latest) {
        return moment.isBefore(latest) ? moment : latest;
    }

    JsonObject toJson() {
        var json = new LinkedHashMap<String, JsonValue>();
        json.put("id", JsonValue.of(id));
        json.put("client", JsonValue.of(clientId));
        json.put("person", person.peer().toJson());
        json.put("scope", JsonValue.of(scopes.toString()));
        json.put("resources", JsonValue.of(resources));
        session.putInto(json);
        json.put("access", JsonValue.array(accessTokens.stream().map(AccessToken::toJson).toList()));
        json.put("refresh", refreshToken.toJson());
        json.put("spent", JsonValue.array(spent.stream().map(SpentRefreshToken::toJson).toList()));
        return new JsonObject(json);
    }

    /// Reads what `toJson` wrote.
    ///
    /// @throws IllegalArgumentException with the reason, for anything else
    static SignIn of(Members json) {
        return new SignIn(json.text("id"), json.text("client"), Person.at(Peer.fromJson(json.object("person").json())),
                Scopes.requested(json.json().string("scope")), json.texts("resources"), Session.of(json),
                json.objects("access", AccessToken::of), RefreshToken.of(json.object("refresh")),
                json.objects("spent", SpentRefreshToken::of));
    }
}

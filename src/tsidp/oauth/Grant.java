package tsidp.oauth;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import tsidp.json.JsonArray;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.tailnet.Peer;

/// What one person granted one client by one log-in, and the tokens that stand for it. Immutable: redeeming a token
/// makes another grant of the same id.
///
/// @param id the first part of each of its tokens, 22 characters of base64url
/// @param person as whois named them at the log-in
/// @param accessTokens those that may still be good, oldest first
/// @param spent the refresh tokens that were spent a moment ago, oldest first
public record Grant(String id, String clientId, Person person, Scopes scopes, List<String> resources,
        Instant authenticated, List<AccessToken> accessTokens, RefreshToken refreshToken,
        List<SpentRefreshToken> spent) {

    /// Ours: more than a client that refreshes all the time has within the lifetime of an access token.
    private static final int MAX_TOKENS = 32;

    /// Copies the lists and drops the oldest tokens beyond the limit.
    public Grant {
        resources = List.copyOf(resources);
        accessTokens = latest(accessTokens);
        spent = latest(spent);
    }

    private static <T> List<T> latest(List<T> tokens) {
        return List.copyOf(tokens.subList(Math.max(0, tokens.size() - MAX_TOKENS), tokens.size()));
    }

    /// When nothing of it is good any more.
    Instant expires() {
        return refreshToken.expires();
    }

    /// This grant of the same person, said by an equal object.
    Grant with(Person samePerson) {
        return new Grant(id, clientId, samePerson, scopes, resources, authenticated, accessTokens, refreshToken, spent);
    }

    /// With one more access token, and without those that have expired.
    Grant withAccessToken(AccessToken accessToken, Instant now) {
        return with(accessToken, good(now));
    }

    /// With an access token that another was exchanged for. Where there are too many, the oldest of the same client
    /// gives way: who exchanges one token all the time must not lose it, nor end what others have.
    Grant withExchanged(AccessToken subject, AccessToken accessToken, Instant now) {
        List<AccessToken> good = good(now);
        if (good.size() >= MAX_TOKENS) {
            good.stream().filter(older -> older.clientId().equals(accessToken.clientId())
                    && !older.hash().equals(subject.hash())).findFirst().ifPresent(good::remove);
        }
        return with(accessToken, good);
    }

    private List<AccessToken> good(Instant now) {
        return new ArrayList<>(accessTokens.stream().filter(token -> now.isBefore(token.expires())).toList());
    }

    private Grant with(AccessToken accessToken, List<AccessToken> good) {
        good.add(accessToken);
        return new Grant(id, clientId, person, scopes, resources, authenticated, good, refreshToken, spent);
    }

    /// With the successor of a refresh token that is spent now. Those spent before `earliest` are forgotten: a grant
    /// knows its own good token, so any other is a replay.
    Grant withRefreshToken(RefreshToken successor, SpentRefreshToken nowSpent, Instant earliest) {
        var recent = new ArrayList<>(spent.stream().filter(older -> older.spent().isAfter(earliest)).toList());
        recent.add(nowSpent);
        return new Grant(id, clientId, person, scopes, resources, authenticated, accessTokens, successor, recent);
    }

    JsonObject toJson() {
        var json = new LinkedHashMap<String, JsonValue>();
        json.put("id", JsonValue.of(id));
        json.put("client", JsonValue.of(clientId));
        json.put("person", person.peer().toJson());
        json.put("scope", JsonValue.of(scopes.toString()));
        json.put("resources", JsonValue.of(resources));
        json.put("authenticated", JsonValue.of(authenticated.getEpochSecond()));
        json.put("access", JsonValue.array(accessTokens.stream().map(AccessToken::toJson).toList()));
        json.put("refresh", refreshToken.toJson());
        json.put("spent", JsonValue.array(spent.stream().map(SpentRefreshToken::toJson).toList()));
        return new JsonObject(json);
    }

    /// Reads what `toJson` wrote; empty if it is anything else.
    static Optional<Grant> fromJson(JsonObject json) {
        var refresh = json.object("refresh").flatMap(RefreshToken::fromJson);
        if (json.string("id").isEmpty() || json.string("client").isEmpty() || json.strings("resources").isEmpty()
                || json.integer("authenticated").isEmpty() || refresh.isEmpty()
                || json.object("person").isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Grant(json.string("id").get(), json.string("client").get(),
                    Person.at(Peer.fromJson(json.object("person").get())), Scopes.requested(json.string("scope")),
                    json.strings("resources").get(),
                    Instant.ofEpochSecond(json.integer("authenticated").getAsLong()),
                    list(json, "access", AccessToken::fromJson), refresh.get(),
                    list(json, "spent", SpentRefreshToken::fromJson)));
        } catch (IllegalArgumentException notAPerson) {
            return Optional.empty();
        }
    }

    private static <T> List<T> list(JsonObject json, String name, Function<JsonObject, Optional<T>> reader) {
        return json.array(name).map(JsonArray::values).orElse(List.of()).stream()
                .flatMap(value -> value instanceof JsonObject object ? reader.apply(object).stream() : Stream.empty())
                .toList();
    }
}

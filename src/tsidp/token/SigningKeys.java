package tsidp.token;

import java.security.SecureRandom;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import tsidp.client.Client;
import tsidp.client.Setting;
import tsidp.jose.Algorithm;
import tsidp.jose.CurveKey;
import tsidp.jose.JoseException;
import tsidp.jose.Signer;
import tsidp.jose.SigningKey;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.json.Members;
import tsidp.store.Codec;
import tsidp.store.Entries;
import tsidp.store.Entry;
import tsidp.store.Kind;
import tsidp.store.Store;
import tsidp.store.StoreException;

/// The keys that tokens are signed with: that of the Go tsidp's file, and one for each other algorithm that a client
/// chose.
public final class SigningKeys {

    private static final String CURRENT = "current";

    /// As the Go tsidp writes it.
    private static final Codec<SigningKey> CODEC = new Codec<>(SigningKey::toKeyFile, (_, written) -> {
        try {
            return SigningKey.fromKeyFile(Members.of(written).json());
        } catch (JoseException e) {
            throw new IllegalArgumentException(e.getMessage());
        }
    });

    private static final Codec<CurveKey> CURVES =
            new Codec<>(CurveKey::toJson, (keyId, written) -> CurveKey.fromJson(keyId, Members.of(written)));

    private final Entries<CurveKey> others;
    private final SecureRandom random;
    private volatile SigningKey current;

    private SigningKeys(Entries<SigningKey> keys, SigningKey current, Entries<CurveKey> others, SecureRandom random) {
        this.current = current;
        this.others = others;
        this.random = random;
        keys.watch(_ -> keys.get(CURRENT).ifPresent(changed -> this.current = changed.value()));
    }

    /// Reads the key, or creates one if there is none.
    ///
    /// @throws StoreException if it can't be read, or a new one can't be stored
    public static SigningKeys load(Store store, SecureRandom random) {
        Entries<SigningKey> keys = store.open(new Kind<>("keys", CODEC));
        return new SigningKeys(keys, keys.change(CURRENT,
                found -> found.or(() -> Optional.of(SigningKey.generate(random)))).orElseThrow(),
                store.open(new Kind<>("more keys", CURVES)), random);
    }

    /// The key to sign with by an algorithm. It is made when it is needed for the first time; relying parties look for
    /// a key that they do not know (OpenID Connect Core §10.1.1).
    ///
    /// @throws StoreException if a new one can't be stored
    public Signer current(Algorithm algorithm) {
        return algorithm == Algorithm.RS256 ? current : curve(algorithm).orElseGet(() -> made(algorithm));
    }

    /// The key to sign what a client is told.
    ///
    /// @throws StoreException if a new one can't be stored
    public Signer current(Client client) {
        return current(Setting.ID_TOKEN_ALGORITHM.of(client).stream().map(Algorithm::of).flatMap(Optional::stream)
                .findFirst().orElse(Algorithm.RS256));
    }

    private Optional<CurveKey> curve(Algorithm algorithm) {
        return others.list("").stream().map(Entry::value).filter(key -> key.algorithm() == algorithm)
                .min(Comparator.comparing(CurveKey::keyId));
    }

    /// One at a time: two would both be valid, but one is enough.
    private synchronized CurveKey made(Algorithm algorithm) {
        return curve(algorithm).orElseGet(() -> {
            CurveKey made = CurveKey.generate(algorithm, random);
            others.change(made.keyId(), _ -> Optional.of(made));
            return made;
        });
    }

    private List<Signer> all() {
        return Stream.concat(Stream.of(current), others.list("").stream().map(Entry::value)
                .sorted(Comparator.comparing(CurveKey::keyId))).toList();
    }

    /// The claims of a token that we signed, expired or not; empty for anything else.
    public Optional<JsonObject> verified(String compact) {
        return all().stream().flatMap(key -> key.verified(compact).stream()).findFirst();
    }

    /// A secret for another purpose, which lasts as long as the key.
    public String derived(String purpose) {
        return current.derived(purpose);
    }

    /// The JWK set that relying parties verify signatures with (RFC 7517 §5).
    public JsonObject jwks() {
        return new JsonObject(Map.of("keys", JsonValue.array(all().stream().map(Signer::publicJwk).toList())));
    }
}

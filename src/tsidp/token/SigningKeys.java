package tsidp.token;

import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tsidp.jose.JoseException;
import tsidp.jose.SigningKey;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.json.Members;
import tsidp.store.Codec;
import tsidp.store.Entries;
import tsidp.store.Kind;
import tsidp.store.Store;
import tsidp.store.StoreException;

/// The key that ID tokens are signed with.
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

    private volatile SigningKey current;

    private SigningKeys(Entries<SigningKey> keys, SigningKey current) {
        this.current = current;
        keys.watch(_ -> keys.get(CURRENT).ifPresent(changed -> this.current = changed.value()));
    }

    /// Reads the key, or creates one if there is none.
    ///
    /// @throws StoreException if it can't be read, or a new one can't be stored
    public static SigningKeys load(Store store, SecureRandom random) {
        Entries<SigningKey> keys = store.open(new Kind<>("keys", CODEC));
        return new SigningKeys(keys, keys.change(CURRENT,
                found -> found.or(() -> Optional.of(SigningKey.generate(random)))).orElseThrow());
    }

    /// The key to sign with.
    public SigningKey current() {
        return current;
    }

    /// The claims of a token that we signed, expired or not; empty for anything else.
    public Optional<JsonObject> verified(String compact) {
        return current.verified(compact);
    }

    /// A secret for another purpose, which lasts as long as the key.
    public String derived(String purpose) {
        return current.derived(purpose);
    }

    /// The JWK set that relying parties verify signatures with (RFC 7517 §5).
    public JsonObject jwks() {
        return new JsonObject(Map.of("keys", JsonValue.array(List.of(current.publicJwk()))));
    }
}

package tsidp.token;

import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tsidp.jose.JoseException;
import tsidp.jose.SigningKey;
import tsidp.json.JsonObject;
import tsidp.json.JsonValue;
import tsidp.store.StateDirectory;
import tsidp.store.StoreException;

/// The key that ID tokens are signed with: `oidc-key.json`, in the Go tsidp's format.
public final class SigningKeys {

    /// The Go tsidp's.
    public static final String FILE = "oidc-key.json";

    /// Ours: a 4096-bit key takes 3.3 KB.
    private static final int MAX_BYTES = 64 << 10;

    private final SigningKey current;

    private SigningKeys(SigningKey current) {
        this.current = current;
    }

    /// Reads the key, or creates one if there is no file.
    ///
    /// @throws StoreException if the file is not a key file, or a new one can't be written
    public static SigningKeys load(StateDirectory directory, SecureRandom random) throws StoreException {
        Optional<JsonObject> file = directory.readObject(FILE, MAX_BYTES, "a key file");
        if (file.isPresent()) {
            try {
                return new SigningKeys(SigningKey.fromKeyFile(file.get()));
            } catch (JoseException e) {
                throw new StoreException(directory.path(FILE) + " is not a key file: " + e.getMessage());
            }
        }
        SigningKey fresh = SigningKey.generate(random);
        directory.write(FILE, fresh.toKeyFile(), MAX_BYTES);
        return new SigningKeys(fresh);
    }

    /// The key to sign with.
    public SigningKey current() {
        return current;
    }

    /// The JWK set that relying parties verify signatures with (RFC 7517 §5).
    public JsonObject jwks() {
        return new JsonObject(Map.of("keys", JsonValue.array(List.of(current.publicJwk()))));
    }
}

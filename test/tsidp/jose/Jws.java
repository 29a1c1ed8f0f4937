package tsidp.jose;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.util.List;
import java.util.Optional;
import tsidp.json.JsonException;
import tsidp.json.JsonObject;
import tsidp.json.JsonReader;
import tsidp.json.JsonString;
import tsidp.json.JsonValue;
import tsidp.json.JsonWriter;

/// The compact serialization of JWS (RFC 7515 §7.1) whose payload is a JSON object.
public final class Jws {

    // From the standards.

    /// Bytes of an ES256 signature (RFC 7518 §3.4) and of an Ed25519 one (RFC 8032 §5.1.6).
    private static final int CURVE_SIGNATURE_LENGTH = 64;

    // Ours.

    /// Our own tokens are below 4 KiB; this is twice what servers commonly accept in a header.
    private static final int MAX_LENGTH = 16 * 1024;

    private Jws() {
    }

    /// The claims of a token whose signature one of the keys made. The key is chosen by `kid`, or is the only one of
    /// the set where the header has none (OpenID Connect Core §10.1); exactly one key must fit. `jwk`, `jku`, `x5c`
    /// and similar members of the header are ignored. Does not check `exp`, `iss` or `aud`.
    ///
    /// @throws JoseException if the token is not exactly that
    public static JsonObject verify(String compact, List<JsonObject> jwks) throws JoseException {
        if (compact.length() > MAX_LENGTH) {
            throw new JoseException("the token is longer than 16 KiB");
        }
        int first = compact.indexOf('.');
        int last = compact.lastIndexOf('.');
        if (compact.indexOf('.', first + 1) != last || first == last) {
            throw new JoseException("the token does not have three parts");
        }
        JsonObject header = object("header", compact.substring(0, first));
        SignatureAlgorithm algorithm = algorithm(header);
        JsonObject jwk = select(header, jwks);
        checkPurpose(jwk, algorithm);
        byte[] signature = Base64Url.decode(compact.substring(last + 1));
        byte[] signed = compact.substring(0, last).getBytes(StandardCharsets.ISO_8859_1);
        if (!verify(algorithm, Jwk.publicKey(jwk), signed, signature)) {
            throw new JoseException("the signature does not fit");
        }
        return object("payload", compact.substring(first + 1, last));
    }

    /// A token with a header, in which `alg` is set, and with claims.
    ///
    /// @throws IllegalArgumentException if the key is not one for the algorithm
    public static String sign(SignatureAlgorithm algorithm, PrivateKey key, JsonObject header, JsonObject claims) {
        JsonObject complete = header.with("alg", JsonValue.of(algorithm.wireName()));
        return sign(algorithm, key, headerAndDot(complete), claims);
    }

    /// The header as it appears before the payload.
    static String headerAndDot(JsonObject header) {
        return Base64Url.encode(JsonWriter.writeBytes(header)) + ".";
    }

    static String sign(SignatureAlgorithm algorithm, PrivateKey key, String headerAndDot, JsonObject claims) {
        String signed = headerAndDot + Base64Url.encode(JsonWriter.writeBytes(claims));
        try {
            Signature engine = algorithm.engine();
            engine.initSign(key);
            engine.update(signed.getBytes(StandardCharsets.ISO_8859_1));
            byte[] signature = engine.sign();
            if (algorithm != SignatureAlgorithm.RS256 && signature.length != CURVE_SIGNATURE_LENGTH) {
                throw new IllegalArgumentException("the key is not one for " + algorithm.wireName());
            }
            return signed + "." + Base64Url.encode(signature);
        } catch (GeneralSecurityException refused) {
            throw new IllegalArgumentException("the key is not one for " + algorithm.wireName(), refused);
        }
    }

    private static SignatureAlgorithm algorithm(JsonObject header) throws JoseException {
        // RFC 7515 §4.1.11: an extension that is not understood must be refused, and we understand none. RFC 7797 §6
        // wants "crit" with "b64"; without it the two sides would disagree about what was signed.
        if (header.get("crit").isPresent() || header.get("b64").isPresent()) {
            throw new JoseException("the header has \"crit\" or \"b64\"");
        }
        return header.string("alg").flatMap(SignatureAlgorithm::of)
                .orElseThrow(() -> new JoseException("\"alg\" is none that we verify"));
    }

    private static JsonObject select(JsonObject header, List<JsonObject> jwks) throws JoseException {
        Optional<JsonValue> keyId = header.get("kid");
        if (keyId.isPresent() && !(keyId.get() instanceof JsonString)) {
            throw new JoseException("\"kid\" is not a string");
        }
        List<JsonObject> fitting =
                keyId.isEmpty() ? jwks : jwks.stream().filter(jwk -> jwk.get("kid").equals(keyId)).toList();
        if (fitting.size() != 1) {
            throw new JoseException(fitting.isEmpty() ? "no key has this \"kid\"" : "the key is ambiguous");
        }
        return fitting.getFirst();
    }

    /// RFC 7517 §4.2 to §4.4: what the key itself says that it is for.
    private static void checkPurpose(JsonObject jwk, SignatureAlgorithm algorithm) throws JoseException {
        if (!jwk.string("kty").equals(Optional.of(algorithm.keyType()))) {
            throw new JoseException("the key is not one for this \"alg\"");
        }
        if (jwk.get("alg").isPresent() && !jwk.string("alg").equals(Optional.of(algorithm.wireName()))) {
            throw new JoseException("the key is for another \"alg\"");
        }
        if (jwk.get("use").isPresent() && !jwk.string("use").equals(Optional.of("sig"))) {
            throw new JoseException("the key is not for signatures");
        }
        if (jwk.get("key_ops").isPresent() && !jwk.strings("key_ops").orElse(List.of()).contains("verify")) {
            throw new JoseException("the key is not for verifying");
        }
    }

    private static boolean verify(SignatureAlgorithm algorithm, PublicKey key, byte[] signed, byte[] signature)
            throws JoseException {
        // The JDK also reads an R and S that are shorter than 32 bytes each.
        if (algorithm != SignatureAlgorithm.RS256 && signature.length != CURVE_SIGNATURE_LENGTH) {
            return false;
        }
        try {
            Signature engine = algorithm.engine();
            engine.initVerify(key);
            engine.update(signed);
            return engine.verify(signature);
        } catch (GeneralSecurityException refused) {
            return false;
        }
    }

    private static JsonObject object(String part, String text) throws JoseException {
        try {
            return JsonReader.readObject(Base64Url.decode(text));
        } catch (JsonException malformed) {
            throw new JoseException("the " + part + ": " + malformed.getMessage());
        }
    }
}

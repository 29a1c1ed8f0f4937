package tsidp.jose;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.util.Base64;
import java.util.Optional;
import tsidp.json.JsonException;
import tsidp.json.JsonObject;
import tsidp.json.JsonReader;
import tsidp.json.JsonValue;
import tsidp.json.JsonWriter;

/// A key that signs tokens, as compact JWS (RFC 7515 §7.1) of header `{"alg":…,"typ":…,"kid":…}`. Thread-safe.
public sealed interface Signer permits SigningKey, CurveKey {

    /// The `kid`.
    String keyId();

    /// What it signs by.
    Algorithm algorithm();

    /// The public half, for the JWK set (RFC 7517 §4).
    JsonObject publicJwk();

    /// The private half.
    PrivateKey privateKey();

    /// The public half.
    ///
    /// @throws GeneralSecurityException never, with a key that was read
    PublicKey publicKey() throws GeneralSecurityException;

    /// The claims as a token of type JWT.
    default String sign(JsonObject claims) {
        return sign("JWT", claims);
    }

    /// The claims as a token of another type (RFC 8725 §3.11).
    default String sign(String type, JsonObject claims) {
        String signed = headerAndDot(type) + base64Url(JsonWriter.writeBytes(claims));
        try {
            var engine = Signature.getInstance(algorithm().signature());
            engine.initSign(privateKey());
            engine.update(signed.getBytes(StandardCharsets.ISO_8859_1));
            return signed + "." + base64Url(engine.sign());
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("the JDK can't sign with this key", impossible);
        }
    }

    /// The claims of a JWT that this key signed; empty for anything else. Its header must be ours, byte for byte, so
    /// that nothing in a header is believed.
    default Optional<JsonObject> verified(String compact) {
        String header = headerAndDot("JWT");
        int last = compact.lastIndexOf('.');
        if (!compact.startsWith(header) || last < header.length()) {
            return Optional.empty();
        }
        try {
            var engine = Signature.getInstance(algorithm().signature());
            engine.initVerify(publicKey());
            engine.update(compact.substring(0, last).getBytes(StandardCharsets.ISO_8859_1));
            var decoder = Base64.getUrlDecoder();
            return engine.verify(decoder.decode(compact.substring(last + 1)))
                    ? Optional.of(JsonReader.readObject(decoder.decode(compact.substring(header.length(), last))))
                    : Optional.empty();
        } catch (GeneralSecurityException | IllegalArgumentException | JsonException notOurs) {
            return Optional.empty();
        }
    }

    private String headerAndDot(String type) {
        return base64Url(JsonWriter.writeBytes(JsonObject.EMPTY.with("alg", JsonValue.of(algorithm().wireName()))
                .with("typ", JsonValue.of(type)).with("kid", JsonValue.of(keyId())))) + ".";
    }

    /// In base64url, without padding.
    static String base64Url(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}

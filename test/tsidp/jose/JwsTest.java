package tsidp.jose;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.RSAPrivateCrtKeySpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tsidp.json.JsonException;
import tsidp.json.JsonObject;
import tsidp.json.JsonReader;
import tsidp.json.JsonValue;
import tsidp.json.Seed;
import tsidp.json.Vectors;

class JwsTest {

    private static final JsonObject CLAIMS =
            JsonObject.EMPTY.with("sub", JsonValue.of("userid:1")).with("exp", JsonValue.of(1_300_819_380L));

    @TestFactory
    Stream<DynamicTest> vectors() {
        return Stream.of("jws", "rfc7515", "rfc7519", "rfc8037").flatMap(folder -> {
            try {
                return Vectors.objects(folder, JwsTest::check);
            } catch (IOException unreadable) {
                throw new AssertionError(unreadable);
            }
        }).filter(test -> !test.getDisplayName().matches("rfc8037/a[12].*"));
    }

    private static void check(JsonObject vector) throws JoseException {
        String token = vector.string("token").orElseThrow();
        List<JsonObject> keys = keys(vector);
        Optional<String> refused = vector.string("refused");
        if (refused.isPresent()) {
            var exception = assertThrows(JoseException.class, () -> Jws.verify(token, keys));
            assertTrue(exception.getMessage().startsWith(refused.get()), exception.getMessage());
            assertEquals(0, exception.getStackTrace().length);
        } else {
            assertEquals(vector.object("claims").orElseThrow(), Jws.verify(token, keys));
        }
    }

    /// RFC 7515 Appendix A.2: RS256 is deterministic, so the signature of the RFC is the one that we make.
    @Test
    void theSignatureOfTheStandardIsMadeAgain() throws Exception {
        JsonObject vector = Vectors.object("rfc7515/a2-rs256.json");
        JsonObject jwk = keys(vector).getFirst();
        JsonObject secret = vector.object("private").orElseThrow();
        PrivateKey key = KeyFactory.getInstance("RSA").generatePrivate(new RSAPrivateCrtKeySpec(
                number(jwk, "n"), number(jwk, "e"), number(secret, "d"), number(secret, "p"), number(secret, "q"),
                number(secret, "dp"), number(secret, "dq"), number(secret, "qi")));
        String[] parts = vector.string("token").orElseThrow().split("\\.");
        var engine = SignatureAlgorithm.RS256.engine();
        engine.initSign(key);
        engine.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
        assertEquals(parts[2], Base64Url.encode(engine.sign()));
    }

    @Test
    void whatIsSignedVerifies() throws Exception {
        for (var algorithm : SignatureAlgorithm.values()) {
            KeyPair pair = pair(algorithm);
            JsonObject jwk = Jwk.of(pair.getPublic()).with("kid", JsonValue.of("k"));
            JsonObject header = JsonObject.EMPTY.with("typ", JsonValue.of("at+jwt")).with("kid", JsonValue.of("k"));
            String token = Jws.sign(algorithm, pair.getPrivate(), header, CLAIMS);
            assertEquals(CLAIMS, Jws.verify(token, List.of(jwk)));
            JsonObject written = header(token);
            assertEquals(header.with("alg", JsonValue.of(algorithm.wireName())), written);
        }
    }

    @Test
    void algInTheHeaderIsTheOneThatSigns() throws Exception {
        KeyPair pair = pair(SignatureAlgorithm.ES256);
        String token = Jws.sign(SignatureAlgorithm.ES256, pair.getPrivate(),
                JsonObject.EMPTY.with("alg", JsonValue.of("none")), CLAIMS);
        assertEquals(CLAIMS, Jws.verify(token, List.of(Jwk.of(pair.getPublic()))));
    }

    @Test
    void aKeyOfAnotherTypeDoesNotSign() throws Exception {
        var strangers = new ArrayList<PrivateKey>();
        for (var algorithm : SignatureAlgorithm.values()) {
            strangers.add(pair(algorithm).getPrivate());
        }
        var p384 = KeyPairGenerator.getInstance("EC");
        p384.initialize(new ECGenParameterSpec("secp384r1"));
        PrivateKey larger = p384.generateKeyPair().getPrivate();
        PrivateKey ed448 = KeyPairGenerator.getInstance("Ed448").generateKeyPair().getPrivate();
        for (var algorithm : SignatureAlgorithm.values()) {
            for (PrivateKey key : Stream.concat(strangers.stream(), Stream.of(larger, ed448)).toList()) {
                if (key != strangers.get(algorithm.ordinal())) {
                    assertThrows(IllegalArgumentException.class,
                            () -> Jws.sign(algorithm, key, JsonObject.EMPTY, CLAIMS));
                }
            }
        }
    }

    /// All algorithms, several hundred bits: no token verifies after a bit of its signature, header or payload is
    /// changed.
    @Test
    void aTokenWithOneBitChangedIsRefused() throws Exception {
        Random random = Seed.random();
        for (var algorithm : SignatureAlgorithm.values()) {
            KeyPair pair = pair(algorithm);
            List<JsonObject> keys = List.of(Jwk.of(pair.getPublic()));
            String token = Jws.sign(algorithm, pair.getPrivate(), JsonObject.EMPTY, CLAIMS);
            for (int i = 0; i < 400; i++) {
                var changed = new StringBuilder(token);
                int at = random.nextInt(token.length());
                changed.setCharAt(at, (char) (token.charAt(at) ^ 1 << random.nextInt(8)));
                assertThrows(JoseException.class, () -> Jws.verify(changed.toString(), keys),
                        () -> algorithm + ", " + Seed.again());
            }
        }
    }

    @Test
    void noTokenSurprises() throws Exception {
        Random random = Seed.random();
        KeyPair pair = pair(SignatureAlgorithm.ES256);
        List<JsonObject> keys = List.of(Jwk.of(pair.getPublic()));
        String token = Jws.sign(SignatureAlgorithm.ES256, pair.getPrivate(), JsonObject.EMPTY, CLAIMS);
        String pool = "..eyJ{}\"=-_+/ \0\u00e9\ud800A";
        for (int i = 0; i < 5_000; i++) {
            var changed = new StringBuilder(token);
            for (int j = random.nextInt(4); j >= 0; j--) {
                int at = random.nextInt(changed.length());
                switch (random.nextInt(3)) {
                    case 0 -> changed.setCharAt(at, pool.charAt(random.nextInt(pool.length())));
                    case 1 -> changed.insert(at, pool.charAt(random.nextInt(pool.length())));
                    default -> changed.setLength(Math.max(1, at));
                }
            }
            if (!changed.toString().equals(token)) {
                assertThrows(JoseException.class, () -> Jws.verify(changed.toString(), keys), Seed::again);
            }
        }
    }

    @Test
    void aTokenHasAtMost16Kibibytes() throws Exception {
        KeyPair pair = pair(SignatureAlgorithm.EDDSA);
        List<JsonObject> keys = List.of(Jwk.of(pair.getPublic()));
        JsonObject large = CLAIMS.with("x", JsonValue.of("x".repeat(12_100)));
        String fits = Jws.sign(SignatureAlgorithm.EDDSA, pair.getPrivate(), JsonObject.EMPTY, large);
        assertTrue(fits.length() <= 16 * 1024 && fits.length() > 16_000);
        assertEquals(large, Jws.verify(fits, keys));
        String tooLong = Jws.sign(SignatureAlgorithm.EDDSA, pair.getPrivate(), JsonObject.EMPTY,
                CLAIMS.with("x", JsonValue.of("x".repeat(12_400))));
        var refused = assertThrows(JoseException.class, () -> Jws.verify(tooLong, keys));
        assertEquals("the token is longer than 16 KiB", refused.getMessage());
    }

    @Test
    void theMessageRepeatsNothing() throws Exception {
        List<JsonObject> keys = List.of(Jwk.of(pair(SignatureAlgorithm.ES256).getPublic()));
        for (String token : List.of("hunter2", "hunter2.hunter2.hunter2", "hunter.2.", "..hunter2",
                encoded("{\"alg\":\"hunter2\"}") + ".." , encoded("{\"hunter2\":1,\"hunter2\":2}") + "..",
                encoded("{\"alg\":\"ES256\",\"kid\":\"hunter2\"}") + "..")) {
            var refused = assertThrows(JoseException.class, () -> Jws.verify(token, keys));
            assertFalse(refused.getMessage().contains("hunter2"), refused.getMessage());
        }
    }

    static List<JsonObject> keys(JsonObject vector) {
        return vector.array("keys").orElseThrow().values().stream().map(JsonObject.class::cast).toList();
    }

    static JsonObject header(String token) throws JoseException, JsonException {
        return JsonReader.readObject(Base64Url.decode(token.substring(0, token.indexOf('.'))));
    }

    private static String encoded(String text) {
        return Base64Url.encode(text.getBytes(StandardCharsets.UTF_8));
    }

    private static BigInteger number(JsonObject object, String name) throws JoseException {
        return new BigInteger(1, Base64Url.decode(object.string(name).orElseThrow()));
    }

    private static KeyPair pair(SignatureAlgorithm algorithm) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(Map.of(SignatureAlgorithm.RS256, "RSA",
                SignatureAlgorithm.ES256, "EC", SignatureAlgorithm.EDDSA, "Ed25519").get(algorithm));
        if (algorithm == SignatureAlgorithm.ES256) {
            generator.initialize(new ECGenParameterSpec("secp256r1"));
        } else if (algorithm == SignatureAlgorithm.RS256) {
            generator.initialize(2048);
        }
        return generator.generateKeyPair();
    }
}

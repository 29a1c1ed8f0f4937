package tsidp.jose;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tsidp.json.JsonObject;
import tsidp.json.Vectors;

class JwkTest {

    @TestFactory
    Stream<DynamicTest> vectors() {
        return Stream.of("jwk", "rfc7517", "rfc7638", "rfc8037").flatMap(folder -> {
            try {
                return Vectors.objects(folder, JwkTest::check);
            } catch (IOException unreadable) {
                throw new AssertionError(unreadable);
            }
        }).filter(test -> !test.getDisplayName().equals("rfc8037/a4-eddsa"));
    }

    private static void check(JsonObject vector) throws JoseException {
        JsonObject jwk = vector.object("jwk").orElseThrow();
        Optional<String> refused = vector.string("refused");
        if (refused.isPresent()) {
            var exception = assertThrows(JoseException.class, () -> Jwk.publicKey(jwk));
            assertTrue(exception.getMessage().contains(refused.get()), exception.getMessage());
            return;
        }
        PublicKey key = Jwk.publicKey(jwk);
        Jwk.of(key).members().forEach((name, value) -> assertEquals(value, jwk.members().get(name), name));
        assertEquals(key, Jwk.publicKey(Jwk.of(key)));
        vector.string("thumbprint").ifPresent(expected -> assertEquals(expected, Jwk.thumbprint(jwk)));
    }

    @Test
    void keysOfTheJdkReadBack() throws GeneralSecurityException, JoseException {
        for (int i = 0; i < 50; i++) {
            for (String algorithm : List.of("EC", "Ed25519")) {
                PublicKey key = KeyPairGenerator.getInstance(algorithm).generateKeyPair().getPublic();
                if (algorithm.equals("EC")) {
                    key = ec("secp256r1");
                }
                assertEquals(key, Jwk.publicKey(Jwk.of(key)));
            }
        }
    }

    @Test
    void otherKeysAreNotWritten() throws GeneralSecurityException {
        for (PublicKey key : List.of(ec("secp384r1"), ec("secp521r1"),
                KeyPairGenerator.getInstance("Ed448").generateKeyPair().getPublic(),
                KeyPairGenerator.getInstance("X25519").generateKeyPair().getPublic(),
                KeyPairGenerator.getInstance("DSA").generateKeyPair().getPublic())) {
            assertThrows(IllegalArgumentException.class, () -> Jwk.of(key), key.getAlgorithm());
        }
    }

    @Test
    void aThumbprintIsOfAKeyThatIsRead() {
        assertThrows(IllegalArgumentException.class, () -> Jwk.thumbprint(JsonObject.EMPTY));
    }

    private static PublicKey ec(String curve) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec(curve));
        return generator.generateKeyPair().getPublic();
    }
}

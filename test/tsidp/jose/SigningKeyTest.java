package tsidp.jose;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tsidp.json.JsonException;
import tsidp.json.JsonNumber;
import tsidp.json.JsonObject;
import tsidp.json.JsonReader;
import tsidp.json.JsonValue;
import tsidp.json.JsonWriter;
import tsidp.json.Seed;
import tsidp.json.Vectors;

class SigningKeyTest {

    private static final SigningKey KEY = SigningKey.generate(new SecureRandom());
    private static final JsonObject CLAIMS = JsonObject.EMPTY.with("sub", JsonValue.of("userid:1"));

    @TestFactory
    Stream<DynamicTest> vectors() throws IOException {
        return Vectors.objects("keyfile", vector -> {
            JsonObject file = vector.object("file").orElseThrow();
            Optional<String> refused = vector.string("refused");
            if (refused.isPresent()) {
                var exception = assertThrows(JoseException.class, () -> SigningKey.fromKeyFile(file));
                assertTrue(exception.getMessage().contains(refused.get()), exception.getMessage());
            } else {
                SigningKey.fromKeyFile(file);
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> aFileOfGoIsReadSignsAndIsWrittenBackEqual() throws IOException {
        return Vectors.objects("tsidp", file -> {
            SigningKey key = SigningKey.fromKeyFile(file);
            assertEquals(((JsonNumber) file.members().get("kid")).text(), key.keyId());
            assertEquals(CLAIMS, Jws.verify(key.sign(CLAIMS), List.of(key.publicJwk())));
            assertEquals(JsonWriter.write(file), JsonWriter.write(key.toKeyFile()));
        });
    }

    @Test
    void aNewKeyReadsBack() throws JoseException, JsonException {
        JsonObject file = JsonReader.readObject(JsonWriter.writeBytes(KEY.toKeyFile()));
        SigningKey again = SigningKey.fromKeyFile(file);
        assertEquals(KEY.keyId(), again.keyId());
        assertEquals(KEY.publicJwk(), again.publicJwk());
        assertEquals(KEY.sign(CLAIMS), again.sign(CLAIMS));
    }

    @Test
    void anIndependentReaderTakesTheKey() throws IOException, InterruptedException {
        var openssl = new ProcessBuilder("openssl", "rsa", "-check", "-noout", "-modulus").redirectErrorStream(true);
        Process process;
        try {
            process = openssl.start();
        } catch (IOException absent) {
            assumeTrue(false, "openssl is not on the PATH");
            return;
        }
        try (var in = process.getOutputStream()) {
            in.write(KEY.toKeyFile().string("key").orElseThrow().getBytes(StandardCharsets.US_ASCII));
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        assertEquals(0, process.waitFor(), output);
        assertTrue(output.contains("RSA key ok"), output);
    }

    @Test
    void theHeaderIsTheOneOfGo() throws JoseException, JsonException {
        String token = KEY.sign(CLAIMS);
        assertEquals("{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"" + KEY.keyId() + "\"}",
                JsonWriter.write(JwsTest.header(token)));
    }

    @Test
    void thePublicJwkHoldsNothingElse() {
        JsonObject jwk = KEY.publicJwk();
        assertEquals(List.of("alg", "e", "kid", "kty", "n", "use"), jwk.members().keySet().stream().sorted().toList());
        assertEquals("AQAB", jwk.string("e").orElseThrow());
        assertEquals(342, jwk.string("n").orElseThrow().length());
    }

    @Test
    void theKeyIdUsesAll64Bits() {
        var ids = new HashSet<String>();
        BigInteger all = BigInteger.ZERO;
        for (int i = 0; i < 3; i++) {
            String id = SigningKey.generate(new SecureRandom()).keyId();
            ids.add(id);
            all = all.or(new BigInteger(id));
            assertTrue(new BigInteger(id).bitLength() <= 64);
        }
        assertEquals(3, ids.size());
        assertTrue(all.bitLength() > 50);
    }

    @Test
    void aTokenWithOneBitChangedIsRefused() {
        Random random = Seed.random();
        String token = KEY.sign(CLAIMS);
        for (int i = 0; i < 600; i++) {
            byte[] changed = token.getBytes(StandardCharsets.ISO_8859_1);
            changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
            assertThrows(JoseException.class, () -> Jws.verify(new String(changed, StandardCharsets.ISO_8859_1),
                    List.of(KEY.publicJwk())), Seed::again);
        }
    }

    /// The same within the signature's octets, where base64url cannot help.
    @Test
    void aSignatureWithOneBitChangedIsRefused() throws JoseException {
        Random random = Seed.random();
        String token = KEY.sign(CLAIMS);
        int dot = token.lastIndexOf('.') + 1;
        for (int i = 0; i < 300; i++) {
            byte[] signature = Base64Url.decode(token.substring(dot));
            signature[random.nextInt(signature.length)] ^= (byte) (1 << random.nextInt(8));
            String changed = token.substring(0, dot) + Base64Url.encode(signature);
            var refused = assertThrows(JoseException.class, () ->
                    Jws.verify(changed, List.of(KEY.publicJwk())), Seed::again);
            assertEquals("the signature does not fit", refused.getMessage());
        }
    }

    /// A changed key file is refused, or was changed in the kid.
    @Test
    void aKeyFileWithOneCharacterChangedIsRefused() {
        Random random = Seed.random();
        String pem = KEY.toKeyFile().string("key").orElseThrow();
        for (int i = 0; i < 500; i++) {
            var changed = new StringBuilder(pem);
            int at = random.nextInt(pem.length());
            changed.setCharAt(at, (char) (pem.charAt(at) ^ 1 << random.nextInt(7)));
            assertThrows(JoseException.class, () -> SigningKey.fromKeyFile(
                    KEY.toKeyFile().with("key", JsonValue.of(changed.toString()))), Seed::again);
        }
    }

    @Test
    void manyThreadsSignAtOnce() throws Exception {
        String expected = KEY.sign(CLAIMS);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> tokens = IntStream.range(0, 200)
                    .mapToObj(_ -> threads.submit(() -> KEY.sign(CLAIMS))).toList();
            for (Future<String> token : tokens) {
                assertEquals(expected, token.get());
            }
        }
    }

    @Test
    void theKeyIsNotInItsText() {
        assertFalse(KEY.toString().contains("PRIVATE"));
        assertNotEquals(KEY.sign(CLAIMS), KEY.sign(CLAIMS.with("sub", JsonValue.of("userid:2"))));
    }
}

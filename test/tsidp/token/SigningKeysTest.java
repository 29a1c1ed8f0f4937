package tsidp.token;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tsidp.json.JsonObject;
import tsidp.json.JsonReader;
import tsidp.json.JsonWriter;
import tsidp.store.LocalStore;
import tsidp.store.StateDirectory;
import tsidp.store.SteadyClock;
import tsidp.store.StoreException;

class SigningKeysTest {

    @TempDir
    private Path temporary;

    private StateDirectory directory;
    private Path file;

    @BeforeEach
    void open() throws Exception {
        directory = StateDirectory.open(temporary);
        file = temporary.resolve("oidc-key.json");
    }

    @AfterEach
    void close() {
        directory.close();
    }

    private SigningKeys load() throws StoreException {
        return SigningKeys.load(new LocalStore(directory, SteadyClock.system(), _ -> { }), new SecureRandom());
    }

    @Test
    void aKeyIsMadeOnceAndStaysAcrossRestarts() throws Exception {
        JsonObject jwks = load().jwks();
        byte[] before = Files.readAllBytes(file);
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        assertEquals(Set.of("kid", "key"), JsonReader.readObject(before).members().keySet());
        assertEquals(jwks, load().jwks());
        assertArrayEquals(before, Files.readAllBytes(file));
    }

    @Test
    void whatIsPublishedIsThePublicPartAlone() throws Exception {
        JsonObject key = (JsonObject) load().jwks().array("keys").orElseThrow().values().getFirst();
        assertEquals(Set.of("kty", "use", "alg", "kid", "n", "e"), key.members().keySet());
        assertEquals("RS256", key.string("alg").orElseThrow());
        assertFalse(JsonWriter.write(load().jwks()).contains("\"d\""));
    }

    @Test
    void aDamagedFileStopsUsAndIsLeftAsItIs() throws Exception {
        load();
        String good = Files.readString(file);
        for (String content : new String[] {"", "{}", "{\"kid\":1}", good.substring(0, good.length() / 2),
            good.replace("BEGIN", "BEGUN"), good.replace("\"kid\"", "\"kit\""), "\0".repeat(100),
            good.replaceFirst("MII", "MIJ")}) {
            Files.writeString(file, content);
            String message = assertThrows(StoreException.class, this::load, content).getMessage();
            assertTrue(message.startsWith(file + " is not a key file: "), message);
            assertFalse(message.contains("MII"), message);
            assertEquals(content, Files.readString(file));
        }
    }

    @Test
    void aKeyThatCanNotBeStoredIsNotUsed() throws Exception {
        Files.createDirectories(temporary.resolve("oidc-key.json.new/in the way"));
        assertThrows(StoreException.class, this::load);
        assertFalse(Files.exists(file));
    }
}

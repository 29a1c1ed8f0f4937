package tsidp.jose;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tsidp.json.Seed;

class Base64UrlTest {

    /// The example of RFC 7515 Appendix C.
    @Test
    void theExampleOfTheStandard() throws JoseException {
        byte[] octets = {3, (byte) 236, (byte) 255, (byte) 224, (byte) 193};
        assertEquals("A-z_4ME", Base64Url.encode(octets));
        assertArrayEquals(octets, Base64Url.decode("A-z_4ME"));
    }

    /// The JDK reads all three as one byte.
    @Test
    void aByteHasOneSpelling() throws JoseException {
        assertArrayEquals(Base64.getUrlDecoder().decode("TQ"), Base64.getUrlDecoder().decode("TR"));
        assertArrayEquals(new byte[] {'M'}, Base64Url.decode("TQ"));
        for (String text : List.of("TR", "TQ==", "TQ=", "TX")) {
            assertThrows(JoseException.class, () -> Base64Url.decode(text), text);
        }
    }

    @Test
    void nothingElseIsRead() {
        for (String text : List.of("A", "AAAAA", "+AAA", "/AAA", " AAA", "AAA\n", "AA AA", "AAA=", "=", "ÀAAA", "ĀAAA",
                "\u0141AAA", "A\0AA", "ＡAAA")) {
            assertThrows(JoseException.class, () -> Base64Url.decode(text), text);
        }
    }

    @Test
    void everyLengthReadsBack() throws JoseException {
        Random random = Seed.random();
        for (int length = 0; length < 300; length++) {
            var bytes = new byte[length];
            random.nextBytes(bytes);
            assertArrayEquals(bytes, Base64Url.decode(Base64Url.encode(bytes)), Seed::again);
        }
    }
}

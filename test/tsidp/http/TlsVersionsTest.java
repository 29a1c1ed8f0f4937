package tsidp.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import tsidp.fake.Child;

class TlsVersionsTest {

    /// RFC 9325 §3.1.1: neither TLS 1.0 nor 1.1, whatever the JDK's security properties allow.
    @Test
    void oldVersionsOfTlsAreNotSpokenEvenWhereTheJdkWould() {
        try (var child = Child.main(TlsVersions.class, "true")) {
            assertEquals(0, child.status(), child.err());
            assertEquals("TLSv1 true false\nTLSv1.1 true false\nTLSv1.2 true true\nTLSv1.3 true true\n", child.out());
        }
    }
}

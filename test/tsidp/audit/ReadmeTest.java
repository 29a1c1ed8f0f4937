package tsidp.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tsidp.TestServer;
import tsidp.fake.FakeTailnet;

/// README lists exactly what is served.
class ReadmeTest {

    @Test
    void everyEndpointIsInReadmeAndNoOther() throws IOException {
        var readme = new TreeSet<String>();
        for (List<String> row : Sources.readmeTable("Endpoint").orElseThrow()) {
            readme.add(inBackticks(row.get(0)) + " " + row.get(1));
        }
        var served = new TreeSet<String>();
        try (var tailnet = FakeTailnet.start(); var server = TestServer.start(tailnet)) {
            var methods = new TreeMap<String, Set<String>>();
            server.routes().forEach(route -> methods.computeIfAbsent(route.path(), _ -> new TreeSet<>())
                    .addAll(route.methods()));
            methods.forEach((path, all) -> served.add(path + " " + all.stream()
                    .filter(method -> !method.equals("HEAD")).collect(Collectors.joining(", "))));
        }
        assertEquals(served, readme);
    }

    @Test
    void everyFlagAndItsVariableIsInReadmeAndNoOther() throws IOException {
        var readme = new TreeSet<String>();
        for (List<String> row : Sources.readmeTable("Flag").orElseThrow()) {
            readme.add((inBackticks(row.get(0)) + " " + row.get(1).replace("`", "")).strip());
        }
        assertEquals(new TreeSet<>(TestServer.flags()), readme);
    }

    @Test
    void everyClaimOfTheMetadataIsInReadme() throws IOException {
        Set<String> readme = Sources.readmeTable("Claim").orElseThrow().stream()
                .flatMap(row -> List.of(row.getFirst().split(",")).stream()).map(String::strip)
                .filter(cell -> cell.startsWith("`")).map(ReadmeTest::inBackticks).collect(Collectors.toSet());
        try (var tailnet = FakeTailnet.start(); var server = TestServer.start(tailnet)) {
            List<String> claims = server.nobody().get("/.well-known/openid-configuration").json()
                    .strings("claims_supported").orElseThrow();
            assertTrue(readme.containsAll(claims), "README lacks some of " + claims);
        }
    }

    /// A test that has the row's own word in no string can't be about it.
    @Test
    void everyTestOfTheChecklistTouchesWhatItsRowSays() throws IOException {
        List<List<String>> rows = Sources.readmeTable("What | Of the Go tsidp").orElseThrow();
        assertTrue(rows.size() > 80, "the checklist has " + rows.size() + " rows");
        var strays = new ArrayList<String>();
        for (List<String> row : rows) {
            String what = inBackticks(row.get(1)).replaceFirst(" \\(.*", "");
            namedTests(row, row.get(2)).stream().filter(test -> !test.touches(what))
                    .forEach(test -> strays.add(test.name() + " does not touch " + what));
        }
        assertEquals(List.of(), strays);
    }

    /// A sentence can't be compared with a test: that is for who reads both. So each names the very test.
    @Test
    void everyGuaranteeOfSecurityNamesTestsThatExist() throws IOException {
        for (List<String> row : Sources.table("SECURITY.md", "Guarantee").orElseThrow()) {
            for (NamedTest test : namedTests(row, row.get(1))) {
                assertTrue(!test.name().endsWith("Test"), () -> test.name() + " is no test, but a class of them");
            }
        }
    }

    private static List<NamedTest> namedTests(List<String> row, String cell) throws IOException {
        var tests = new ArrayList<NamedTest>();
        for (String part : cell.split(",")) {
            String name = inBackticks(part.strip());
            tests.add(NamedTest.find(name).orElseThrow(() -> new AssertionError(row + ": there is no " + name)));
        }
        return tests;
    }

    private static String inBackticks(String cell) {
        return cell.replaceAll("^`([^`]+)`.*$", "$1");
    }
}

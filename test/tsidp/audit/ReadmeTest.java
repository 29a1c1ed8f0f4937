package tsidp.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tsidp.TestServer;
import tsidp.fake.FakeTailnet;

/// README says what is served, and is served what README says.
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

    @Test
    void everyTestOfTheChecklistExists() throws IOException {
        List<List<String>> rows = Sources.readmeTable("What | Of the Go tsidp").orElseThrow();
        assertTrue(rows.size() > 80, "the checklist has " + rows.size() + " rows");
        for (List<String> row : rows) {
            assertTrue(!row.get(1).isBlank() && !row.get(2).isBlank(), row + " has an empty cell");
            assertTestsExist(row, row.get(2));
        }
    }

    @Test
    void everyGuaranteeOfSecurityHasATestThatExists() throws IOException {
        for (List<String> row : Sources.table("SECURITY.md", "Guarantee").orElseThrow()) {
            assertTestsExist(row, row.get(1));
        }
    }

    /// `flow.LoginTest` is a class, `flow.LoginTest.aSentence` a test of it, and what begins with `Test` is in Go.
    private static void assertTestsExist(List<String> row, String cell) throws IOException {
        for (String part : cell.split(",")) {
            String test = inBackticks(part.strip());
            String method = test.replaceFirst("^.*Test(\\.|$)", "");
            String file = "test/tsidp/" + test.replaceFirst("\\.?" + method + "$", "").replace('.', '/') + ".java";
            boolean exists = test.startsWith("Test") ? goTests().contains("func " + test.split("/")[0] + "(")
                    : Files.exists(Sources.ROOT.resolve(file))
                    && Files.readString(Sources.ROOT.resolve(file)).contains(" " + method);
            assertTrue(exists, row + ": there is no " + test);
        }
    }

    private static String goTests() throws IOException {
        var tests = new StringBuilder();
        try (var files = Files.list(Sources.ROOT.resolve("test/tailnet"))) {
            for (Path file : files.filter(path -> path.toString().endsWith("_test.go")).toList()) {
                tests.append(Files.readString(file));
            }
        }
        return tests.toString();
    }

    private static String inBackticks(String cell) {
        return cell.replaceAll("^`([^`]+)`.*$", "$1");
    }
}

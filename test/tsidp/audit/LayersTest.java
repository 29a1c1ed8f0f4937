package tsidp.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import tsidp.http.Router;

/// Which package may depend on which. This list is the architecture: to change one is to change the other.
class LayersTest {

    private static final Map<String, Set<String>> KNOWS = Map.ofEntries(
            layer("json"),
            layer("protocol"),
            layer("log", "json"),
            layer("store", "json"),
            layer("jose", "json"),
            layer("tailnet", "json"),
            layer("person", "json", "protocol", "tailnet"),
            layer("client", "json", "protocol", "store", "jose", "person"),
            layer("token", "json", "protocol", "store", "jose", "tailnet", "person", "client"),
            layer("backchannel", "json", "protocol", "log", "store", "person", "jose", "client", "token"),
            layer("certificate", "store", "tailnet"),
            layer("http", "json", "protocol", "log", "store", "certificate"),
            layer("page", "json", "protocol", "log", "store", "tailnet", "person", "client", "token", "http"),
            layer("endpoint", "json", "protocol", "log", "store", "jose", "tailnet", "person", "client", "token",
                    "http", "page"),
            layer("admin", "json", "protocol", "log", "store", "jose", "person", "client", "token", "http", "page"),
            layer("node", "json", "tailnet"),
            layer("serve", "protocol", "store", "tailnet", "http"),
            layer("tsidp", "backchannel", "protocol", "log", "store", "tailnet", "person", "client", "token",
                    "certificate", "http", "page", "endpoint", "admin", "node", "serve"));

    /// What runs only with a flag: only the program depends on it, nothing in a sign-in does.
    private static final Set<String> LEAVES = Set.of("node", "serve");

    private static final Pattern LINE = Pattern.compile("\\s+tsidp\\.?(\\w*)\\s+-> (tsidp[\\w.]*|[\\w.]+)\\s+.*");

    private static Map.Entry<String, Set<String>> layer(String name, String... others) {
        return Map.entry(name, new TreeSet<>(Set.of(others)));
    }

    @Test
    void packagesKnowExactlyThoseListed() throws Exception {
        assertEquals(new TreeMap<>(KNOWS), known());
    }

    @Test
    void theListItselfHasNoCircle() {
        var order = new TreeSet<String>();
        while (order.size() < KNOWS.size()) {
            var next = KNOWS.entrySet().stream().filter(entry -> !order.contains(entry.getKey())
                    && order.containsAll(entry.getValue())).map(Map.Entry::getKey).toList();
            assertTrue(!next.isEmpty(), "a circle among those beside " + order);
            order.addAll(next);
        }
    }

    @Test
    void nothingOfASignInKnowsWhatAFlagAsksFor() {
        LEAVES.forEach(leaf -> assertEquals(List.of("tsidp"), KNOWS.entrySet().stream()
                .filter(entry -> entry.getValue().contains(leaf)).map(Map.Entry::getKey).toList(), leaf));
    }

    private static Map<String, Set<String>> known() throws Exception {
        Path classes = Path.of(Router.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        var out = new StringWriter();
        int status = ToolProvider.findFirst("jdeps").orElseThrow().run(new PrintWriter(out), new PrintWriter(out),
                "-verbose:package", "--ignore-missing-deps", "--multi-release", "base", classes.toString());
        assertEquals(0, status, out.toString());
        var known = new TreeMap<String, Set<String>>();
        for (String line : out.toString().lines().toList()) {
            var found = LINE.matcher(line);
            if (found.matches()) {
                Set<String> others = known.computeIfAbsent(nameOf("tsidp." + found.group(1)), _ -> new TreeSet<>());
                if (found.group(2).equals("tsidp") || found.group(2).startsWith("tsidp.")) {
                    others.add(nameOf(found.group(2) + "."));
                }
            }
        }
        return known;
    }

    private static String nameOf(String packageName) {
        String[] parts = packageName.split("\\.");
        return parts.length == 1 ? "tsidp" : parts[1];
    }
}

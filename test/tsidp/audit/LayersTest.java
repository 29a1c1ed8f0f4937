package tsidp.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import tsidp.http.Router;

/// Who may know whom. The list is the architecture: whoever changes it changes that.
class LayersTest {

    private static final Map<String, Set<String>> MAY_KNOW = Map.of(
            "json", Set.of(),
            "log", Set.of("json"),
            "store", Set.of("json"),
            "jose", Set.of("json"),
            "tailnet", Set.of("json"),
            "oauth", Set.of("json", "log", "store", "jose", "tailnet"),
            "http", Set.of("json", "log", "store", "jose", "tailnet", "oauth"),
            "endpoint", Set.of("json", "log", "store", "jose", "tailnet", "oauth", "http"),
            "admin", Set.of("json", "log", "store", "jose", "tailnet", "oauth", "http"),
            "tsidp", Set.of("json", "log", "store", "jose", "tailnet", "oauth", "http", "endpoint", "admin"));

    private static final Pattern LINE = Pattern.compile("\\s+tsidp\\.?(\\w*)\\s+-> (tsidp[\\w.]*|[\\w.]+)\\s+.*");

    @Test
    void packagesKnowOnlyThoseBelowThem() throws Exception {
        Map<String, Set<String>> known = known();
        assertEquals(new TreeSet<>(MAY_KNOW.keySet()), known.keySet(), "a package is new or gone");
        known.forEach((name, others) -> {
            var tooMany = new TreeSet<>(others);
            tooMany.removeAll(MAY_KNOW.get(name));
            assertTrue(tooMany.isEmpty(), name + " knows " + tooMany);
        });
    }

    @Test
    void theListItselfHasNoCircle() {
        var order = new TreeSet<String>();
        while (order.size() < MAY_KNOW.size()) {
            var next = MAY_KNOW.entrySet().stream().filter(entry -> !order.contains(entry.getKey())
                    && order.containsAll(entry.getValue())).map(Map.Entry::getKey).toList();
            assertTrue(!next.isEmpty(), "a circle among those beside " + order);
            order.addAll(next);
        }
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
                Set<String> others = known.computeIfAbsent(layer("tsidp." + found.group(1)), _ -> new TreeSet<>());
                if (found.group(2).equals("tsidp") || found.group(2).startsWith("tsidp.")) {
                    others.add(layer(found.group(2) + "."));
                }
            }
        }
        return known;
    }

    private static String layer(String packageName) {
        String[] parts = packageName.split("\\.");
        return parts.length == 1 ? "tsidp" : parts[1];
    }
}

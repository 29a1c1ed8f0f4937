package tsidp.audit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// The source of a test that a table names: `flow.LoginTest` is a class, `flow.LoginTest.aSentence` a test of it, and
/// what begins with `Test` is a test in Go with the functions that it calls.
record NamedTest(String name, String source) {

    private static final Pattern GO_FUNCTION = Pattern.compile("(?ms)^func (?:\\([^)]*\\) )?(\\w+)\\(.*?^}");
    private static final Pattern CALL = Pattern.compile("\\b(\\w+)\\(");
    private static final Pattern LITERAL =
            Pattern.compile("(?s)\"\"\"(.*?)\"\"\"|\"((?:\\\\.|[^\"\\\\\\n])*)\"|`([^`]*)`");

    /// The test of that name; empty if there is none.
    static Optional<NamedTest> find(String name) throws IOException {
        return (name.startsWith("Test") ? go(name) : java(name)).map(source -> new NamedTest(name, source));
    }

    private static Optional<String> java(String name) throws IOException {
        String method = name.replaceFirst("^.*Test(\\.|$)", "");
        String type = method.isEmpty() ? name : name.substring(0, name.length() - method.length() - 1);
        Path file = Sources.ROOT.resolve("test/tsidp/" + type.replace('.', '/') + ".java");
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        String source = Files.readString(file);
        return method.isEmpty() ? Optional.of(source).filter(text -> text.contains("Test\n"))
                : Pattern.compile("(?ms)^    @(?:Parameterized)?Test\n(?:(?!^$).)*?void " + method + "\\(.*?^    }$")
                .matcher(source).results().map(MatchResult::group).findFirst();
    }

    private static Optional<String> go(String name) throws IOException {
        Map<String, String> functions = goFunctions();
        var found = new HashSet<String>();
        var source = new StringBuilder();
        var next = new ArrayDeque<>(List.of(name));
        while (!next.isEmpty()) {
            String function = next.pop();
            if (functions.containsKey(function) && found.add(function)) {
                source.append(functions.get(function)).append('\n');
                CALL.matcher(functions.get(function)).results().map(call -> call.group(1)).forEach(next::push);
            }
        }
        return Optional.of(source.toString()).filter(text -> !text.isEmpty());
    }

    private static Map<String, String> goFunctions() throws IOException {
        var functions = new HashMap<String, String>();
        for (Path file : Sources.below("test/tailnet")) {
            if (file.toString().endsWith(".go")) {
                GO_FUNCTION.matcher(Files.readString(file)).results()
                        .forEach(function -> functions.merge(function.group(1), function.group(), String::concat));
            }
        }
        return functions;
    }

    /// Whether a string literal of it holds that word, or a path that `{id}` stands in.
    boolean touches(String what) {
        List<String> literals = LITERAL.matcher(source.replaceAll("(?m)^ *//.*$", "")).results()
                .map(NamedTest::content).toList();
        if (!what.startsWith("/")) {
            var word = Pattern.compile("(?<![\\w/.-])" + Pattern.quote(what) + "(?![\\w-])");
            return literals.stream().anyMatch(literal -> word.matcher(literal).find());
        }
        return List.of(what.split("\\{id}")).stream().allMatch(part -> literals.stream()
                .anyMatch(literal -> literal.equals(part) || literal.startsWith(part + "?")
                        || what.contains("{id}") && literal.startsWith(part)));
    }

    private static String content(MatchResult literal) {
        return literal.group(1) != null ? literal.group(1)
                : literal.group(2) != null ? literal.group(2) : literal.group(3);
    }
}

package tsidp.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// What a formatter would check, but without reformatting the tables.
class FormatTest {

    private static final int MAX_COLUMNS = 120;
    /// Without comments, blank lines and imports.
    private static final int MAX_LINES = 9_500;

    private static final Pattern TOP_LEVEL = Pattern.compile(
            "(?:public |final |abstract |sealed |non-sealed )*(?:class|interface|enum|record|@interface) (\\w+).*");

    /// Written so that this file has none itself.
    private static final Pattern UNFINISHED = Pattern.compile("\\b(TO" + "DO|FIX" + "ME|X" + "XX)\\b");

    private final List<String> faults = new ArrayList<>();

    @Test
    void textIsUnixText() throws IOException {
        for (Path file : texts()) {
            String text = Files.readString(file, StandardCharsets.UTF_8);
            String name = Sources.name(file);
            check(!text.contains("\r"), name + " has a carriage return");
            check(text.isEmpty() || text.endsWith("\n"), name + " has no final line feed");
            check(!text.endsWith("\n\n"), name + " ends with an empty line");
            boolean mayHaveTabs = name.endsWith("Makefile") || name.endsWith(".go");
            List<String> lines = text.lines().toList();
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i);
                check(mayHaveTabs || line.indexOf('\t') < 0, name + ":" + (i + 1) + " has a tab");
                check(!line.endsWith(" ") || name.endsWith(".md"), name + ":" + (i + 1) + " ends with a blank");
            }
        }
        assertEquals(List.of(), faults);
    }

    @Test
    void javaFitsTheScreen() throws IOException {
        for (Path file : java()) {
            List<String> lines = Files.readAllLines(file);
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i);
                check(line.codePointCount(0, line.length()) <= MAX_COLUMNS,
                        Sources.name(file) + ":" + (i + 1) + " has more than " + MAX_COLUMNS + " columns");
                check(!UNFINISHED.matcher(line).find(), Sources.name(file) + ":" + (i + 1) + " is unfinished");
            }
        }
        assertEquals(List.of(), faults);
    }

    @Test
    void importsAreSortedAndEachIsNamed() throws IOException {
        for (Path file : java()) {
            List<String> imports = Files.readAllLines(file).stream().filter(line -> line.startsWith("import "))
                    .map(line -> line.replace(";", "")).toList();
            List<String> statics = imports.stream().filter(line -> line.startsWith("import static ")).toList();
            var sorted = new ArrayList<>(statics.stream().sorted().toList());
            sorted.addAll(imports.stream().filter(line -> !line.startsWith("import static ")).sorted().toList());
            check(imports.equals(sorted), Sources.name(file) + " has its imports in another order");
            check(imports.stream().noneMatch(line -> line.endsWith("*") || line.startsWith("import module")),
                    Sources.name(file) + " imports what it does not name");
            check(imports.stream().distinct().count() == imports.size(), Sources.name(file) + " imports twice");
        }
        assertEquals(List.of(), faults);
    }

    @Test
    void aFileHoldsTheTypeOfItsName() throws IOException {
        for (Path file : java()) {
            var types = new ArrayList<String>();
            for (String line : Files.readAllLines(file)) {
                var found = TOP_LEVEL.matcher(line);
                if (found.matches()) {
                    types.add(found.group(1));
                }
            }
            String expected = file.getFileName().toString().replace(".java", "");
            boolean isInfo = expected.endsWith("-info");
            check(types.equals(isInfo ? List.of() : List.of(expected)), Sources.name(file) + " has the types " + types);
        }
        assertEquals(List.of(), faults);
    }

    @Test
    void everyPackageSaysWhatItIs() throws IOException {
        for (Path file : Sources.java("src")) {
            Path info = file.resolveSibling("package-info.java");
            check(file.endsWith("module-info.java") || Files.exists(info), Sources.name(file) + " has no package-info");
        }
        assertEquals(List.of(), faults);
    }

    @Test
    void theProductStaysSmallAndReadmeSaysHowSmall() throws IOException {
        int lines = 0;
        int code = 0;
        Map<String, Integer> packages = new TreeMap<>();
        List<Path> files = Sources.java("src");
        for (Path file : files) {
            int own = (int) Files.readAllLines(file).stream().map(String::strip)
                    .filter(line -> !line.isEmpty() && !line.startsWith("//") && !line.startsWith("import ")).count();
            lines += Files.readAllLines(file).size();
            code += own;
            packages.merge(file.endsWith("module-info.java") ? "tsidp" : file.getParent().getFileName().toString(), own,
                    Integer::sum);
        }
        System.out.println("src/ has " + lines + " lines in " + files.size() + " files, " + code + " of code");
        assertTrue(code < MAX_LINES, "src/ has " + code + " lines of code");
        var said = Pattern.compile("some ([0-9,]+) lines of code, or ([0-9,]+) with comments").matcher(Files.readString(
                Sources.ROOT.resolve("README.md")));
        assertTrue(said.find(), "README does not say how many");
        checkNumber("code", said.group(1), code);
        checkNumber("all", said.group(2), lines);
        for (List<String> row : Sources.readmeTable("Packages").orElseThrow()) {
            int sum = 0;
            for (String name : row.getFirst().replace("`", "").split(", ")) {
                sum += Optional.ofNullable(packages.remove(name)).orElseThrow(() -> new AssertionError("no " + name));
            }
            checkNumber(row.getFirst(), row.get(1), sum);
        }
        assertEquals(Map.of(), packages, "README does not say what is in");
        assertEquals(List.of(), faults);
    }

    /// Whoever changes a few lines need not change README.
    private void checkNumber(String what, String said, int is) {
        check(Math.abs(Integer.parseInt(said.replace(",", "")) - is) <= is / 20,
                what + ": README says " + said + ", and it is " + is);
    }

    private void check(boolean isGood, String fault) {
        if (!isGood) {
            faults.add(fault);
        }
    }

    private static List<Path> java() throws IOException {
        var files = new ArrayList<>(Sources.java("src"));
        files.addAll(Sources.java("test/tsidp"));
        return files;
    }

    private static List<Path> texts() throws IOException {
        var files = new ArrayList<>(java());
        files.addAll(Sources.below("web"));
        try (var top = Files.list(Sources.ROOT)) {
            top.filter(Files::isRegularFile).filter(file -> !file.getFileName().toString().startsWith(".")).sorted()
                    .forEach(files::add);
        }
        return files;
    }
}

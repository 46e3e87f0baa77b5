package io.millrace.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each line of shared/docs/attacks.md names the tests that try it: a class, or a method of one. */
class AttacksDocumentedTest {
    private static final Path ROOT = Path.of(System.getProperty("millrace.root", "../.."));
    private static final Pattern LINE = Pattern.compile("(?m)^\\| ([A-Z]\\d+) \\|.*\\| (.*) \\|$");
    private static final Pattern NAMED = Pattern.compile("`(\\w+Test)(?:#(\\w+))?`");
    private static final Pattern METHOD =
            Pattern.compile("(?s)@(?:Test|ParameterizedTest)\\b(?:(?!\\bvoid\\b).)*?\\bvoid (\\w+)\\(");

    @Test
    void everyLineNamesTestsThatAreThere() throws IOException {
        Map<String, Set<String>> tests = tests();
        Set<String> missing = new TreeSet<>();
        Set<String> numbers = new HashSet<>();
        Matcher line = LINE.matcher(Files.readString(ROOT.resolve("shared/docs/attacks.md")));
        while (line.find()) {
            assertTrue(numbers.add(line.group(1)), line.group(1) + " is there twice");
            Matcher named = NAMED.matcher(line.group(2));
            int found = 0;
            for (; named.find(); found++) {
                Set<String> methods = tests.getOrDefault(named.group(1), Set.of());
                if (methods.isEmpty() || (named.group(2) != null && !methods.contains(named.group(2)))) {
                    missing.add(line.group(1) + ": " + named.group());
                }
            }
            assertTrue(found > 0, line.group(1) + " names no test");
        }
        assertTrue(numbers.size() > 40, numbers::toString);
        assertEquals(Set.of(), missing);
    }

    /** The test methods of each class by its name; of two with one name, those of both. */
    private static Map<String, Set<String>> tests() throws IOException {
        Map<String, Set<String>> tests = new HashMap<>();
        List<Path> sources;
        try (Stream<Path> all = Files.walk(ROOT)) {
            sources = all.filter(file -> file.toString().endsWith("Test.java")).toList();
        }
        for (Path source : sources) {
            String name = source.getFileName().toString().replace(".java", "");
            Matcher method = METHOD.matcher(Files.readString(source));
            while (method.find()) {
                tests.computeIfAbsent(name, any -> new HashSet<>()).add(method.group(1));
            }
        }
        return tests;
    }
}

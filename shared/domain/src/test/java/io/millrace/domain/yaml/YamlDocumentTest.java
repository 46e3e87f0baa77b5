package io.millrace.domain.yaml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NullUnmarked
class YamlDocumentTest {
    private final List<ConfigurationError> problems = new ArrayList<>();

    @Test
    void eachValueKnowsItsLine() {
        YamlNode root = parse(
                """
                # a comment
                a: 1
                "b/c:d":
                  e: [x,
                      y]
                  f:
                    - g: 1
                """);
        assertEquals(2, root.at("a").line());
        assertEquals(3, root.at("b/c:d").line());
        assertEquals(4, root.at("b/c:d").at("e").line());
        assertEquals(5, root.at("b/c:d").at("e").at(1).line());
        YamlNode g = root.at("b/c:d").at("f").at(0).at("g");
        assertEquals(7, g.line());
        assertEquals("\"b/c:d\".f[0].g", g.path());
        assertEquals("/b~1c:d/f/0/g", g.pointer());
        assertEquals(1, g.node().asInt());
        // What isn't there is where it would belong.
        assertEquals(3, root.at("b/c:d").at("nothing").line());
        assertEquals("b/c:d", root.at("b/c:d").key());
    }

    @Test
    void scalarsAreWhatTheyLookLike() {
        YamlNode root = parse("{t: text, i: 17, l: 5000000000, f: 1.5, b: true, n: ~, q: '17', d: 30d, no: no, v: }");
        assertTrue(root.at("t").node().isTextual());
        assertTrue(root.at("i").node().isInt());
        assertEquals(5_000_000_000L, root.at("l").node().longValue());
        assertEquals(1.5, root.at("f").node().doubleValue());
        assertTrue(root.at("b").node().booleanValue());
        assertTrue(root.at("n").empty());
        assertTrue(root.at("q").node().isTextual());
        assertEquals("30d", root.at("d").node().textValue());
        assertEquals("no", root.at("no").node().textValue());
        assertTrue(root.at("v").empty());
    }

    @Test
    void aRepeatedKeyIsOneProblem() {
        YamlNode root = parse("a: {x: 1}\nb: 2\na: {x: 2, y: 3}\n");
        assertEquals(List.of("f.yaml:3 a: stands here twice, first in line 1"), said());
        assertEquals(1, root.at("a").at("x").node().asInt());
        assertEquals(2, root.at("b").node().asInt());
    }

    @Test
    void aliasesAndSecondDocumentsAreRefused() {
        parse("a: &x [1]\nb: *x\n---\nc: 1\n");
        assertEquals(
                List.of("f.yaml:2 b: an alias; write the value out", "f.yaml:4: a second document; one file holds one"),
                said());
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.0e+999", "-1.0e999", "!!float 1e999", "1.8e308"})
    void aNumberThatIsTooLargeIsOneProblem(String number) {
        YamlNode root = parse("a: 1\nb: [2, " + number + "]\n");
        assertEquals(List.of("f.yaml:2 b.1: a number that is too large"), said());
        assertEquals(0, root.at("b").at(1).node().decimalValue().signum());
    }

    @Test
    void brokenYamlNamesItsLine() {
        assertNull(YamlDocument.parse("f.yaml", "a: 1\nb: [1, 2\nc: 3\n", problems));
        assertEquals(1, problems.size());
        assertEquals(3, problems.get(0).line());
        problems.clear();
        assertNull(YamlDocument.parse("f.yaml", "a: 1\n\tb: 2\n", problems));
        assertEquals(2, problems.get(0).line());
    }

    @Test
    void anEmptyFileIsAnEmptyTree() {
        assertTrue(parse("").empty());
        assertTrue(parse("# nothing but a comment\n").empty());
        assertEquals(List.of(), problems);
    }

    private YamlNode parse(String yaml) {
        YamlDocument tree = YamlDocument.parse("f.yaml", yaml, problems);
        assertTrue(tree != null, problems::toString);
        return tree.root();
    }

    private List<String> said() {
        return problems.stream().map(ConfigurationError::toString).toList();
    }
}

package io.millrace.launcher.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.launcher.replay.format.CsvSource;
import io.millrace.launcher.replay.format.FileResumePoint;
import io.millrace.launcher.replay.format.InputFile;
import io.millrace.launcher.replay.format.MappedRows;
import io.millrace.mapping.MappedEvent;
import io.millrace.mapping.MappingReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MappingTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private List<MappedRows> steps(String mapping, String table) throws IOException, InvalidConfigurationException {
        return steps(mapping, table, 0);
    }

    private List<MappedRows> steps(String mapping, String table, long from)
            throws IOException, InvalidConfigurationException {
        InputFile file = new InputFile(Files.writeString(folder.resolve("t.csv"), table));
        List<MappedRows> steps = new ArrayList<>();
        try (CsvSource source = CsvSource.open(
                file,
                MappingReader.parse("m.yaml", mapping),
                new FileResumePoint(from, from, from, false, false, List.of()))) {
            for (MappedRows step = source.next(); step != null; step = source.next()) {
                steps.add(step);
            }
        }
        return steps;
    }

    private static String json(MappedEvent event) {
        return new String(event.json(), StandardCharsets.UTF_8);
    }

    @Test
    void everyMistakeIsNamedAtOnceWithItsLine() {
        InvalidConfigurationException invalid = assertThrows(
                InvalidConfigurationException.class,
                () -> MappingReader.parse(
                        "m.yaml",
                        """
                        source: shop
                        gruop: Invoice
                        apart: -1
                        values:
                          tax: { multiply: [total, 0.2] }
                          total: { sum: Price, scale: many }
                        skip:
                          - { when: { Price: { below: cheap } } }
                        events:
                          - type: a:b
                            each: line
                            data:
                              one: { column: Price, as: decimals }
                              two: [1, 2]
                              three: { colum: Price }
                          - id: "{x}"
                            when: [Price]
                            data: none
                        """));
        List<String> said =
                invalid.problems().stream().map(ConfigurationError::toString).toList();
        List<String> expected = List.of(
                "m.yaml:2 gruop: unknown; known here: source, group, apart, values, skip, events — did you mean"
                        + " \"group\"?",
                "m.yaml:3 apart: -1 where a number from 0 to 10000 belongs",
                "m.yaml:5 values.tax.multiply[0]: the value total is needed here, but stands further down",
                "m.yaml:6 values.total.scale: \"many\" where a number from 0 to 12 belongs",
                "m.yaml:8 skip[0].when.Price.below: \"cheap\" where a number belongs",
                "m.yaml:8 skip[0].reason: is missing",
                "m.yaml:10 events[0].id: is missing",
                "m.yaml:11 events[0].each: \"line\" where row or group belongs",
                "m.yaml:13 events[0].data.one.as: \"decimals\" where one of text, integer, decimal, boolean, seconds, millis, json belongs — did you mean"
                        + " \"decimal\"?",
                "m.yaml:14 events[0].data.two: a list; a list of rows is written { each: … }",
                "m.yaml:16 events[1].type: is missing",
                "m.yaml:17 events[1].when: a list where a block of columns and tests belongs",
                "m.yaml:18 events[1].data: \"none\" where a block of fields belongs");
        assertEquals(expected, said.stream().sorted(byLine()).toList());
    }

    private static Comparator<String> byLine() {
        return Comparator.comparingInt((String problem) ->
                        Integer.parseInt(problem.substring("m.yaml:".length(), problem.indexOf(' '))))
                .thenComparing(problem -> problem.substring(problem.indexOf(": ")));
    }

    @Test
    void withoutAGroupEachRowIsAGroup() throws Exception {
        List<MappedRows> steps = steps(
                """
                source: s
                events:
                  - { type: a:b, id: "n{#line}", data: { name: "{Name}", fix: 7, flag: true } }
                """,
                "Name\nann\nbob\n");
        assertEquals(2, steps.size());
        assertEquals(
                "{\"id\":\"n2\",\"type\":\"a:b\",\"source\":\"s\",\"data\":{\"name\":\"bob\",\"fix\":7,\"flag\":true}}",
                json(steps.get(1).events().get(0)));
        assertNull(steps.get(1).events().get(0).timestamp());
    }

    @Test
    void sumsAreExactAndRoundHalvesAwayFromZero() throws Exception {
        List<MappedRows> steps = steps(
                """
                source: s
                group: G
                events:
                  - type: a:b
                    id: "{G}"
                    data:
                      exact: { sum: { multiply: [N, P] } }
                      pence: { sum: { multiply: [N, P] }, scale: 2 }
                      back: { negate: { sum: { multiply: [N, P] }, scale: 2 } }
                """,
                "G,N,P\ng,3,0.1\ng,1,0.005\n");
        assertTrue(
                json(steps.get(0).events().get(0)).endsWith("{\"exact\":0.305,\"pence\":0.31,\"back\":-0.31}}"),
                () -> json(steps.get(0).events().get(0)));
    }

    @Test
    void valuesOfARowAreAddedExactly() throws Exception {
        List<MappedRows> steps = steps(
                """
                source: s
                events:
                  - type: a:b
                    id: "{#line}"
                    data: { gross: { add: [Net, { multiply: [Net, Vat] }], scale: 2 }, change: { add: [Net, { negate: Old }] } }
                """,
                "Net,Vat,Old\n1999.10,0.175,1999.00\n1,0,x\n");
        assertTrue(
                json(steps.get(0).events().get(0)).endsWith("{\"gross\":2348.94,\"change\":0.10}}"),
                () -> json(steps.get(0).events().get(0)));
        assertEquals("row 2: Old is \"x\" where a number belongs", wrong(steps.get(1)));
    }

    @Test
    void aColumnOfTrueAndFalseBecomesABoolean() throws Exception {
        List<MappedRows> steps = steps(
                """
                source: s
                events:
                  - { type: a:b, id: "{#line}", data: { paid: { column: Paid, as: boolean } } }
                """,
                "Paid\nfalse\nyes\n");
        assertTrue(json(steps.get(0).events().get(0)).endsWith("{\"paid\":false}}"));
        assertEquals("row 2: Paid is \"yes\" where true or false belongs", wrong(steps.get(1)));
    }

    @Test
    void aTimestampMayBeSecondsOrMillisecondsSince1970() throws Exception {
        List<MappedRows> steps = steps(
                """
                source: s
                events:
                  - { type: a:b, id: "{#line}", timestamp: { column: S, as: seconds }, data: { at: { column: M, as: millis } } }
                """,
                "S,M\n1621781592,1621742759123\n1621781592,1.5\n9223372036854775807,0\n");
        assertEquals(
                Instant.parse("2021-05-23T14:53:12Z"),
                steps.get(0).events().get(0).timestamp());
        assertTrue(json(steps.get(0).events().get(0)).endsWith("{\"at\":\"2021-05-23T04:05:59.123Z\"}}"));
        assertEquals("row 2: M is 1.5 where an integer belongs", wrong(steps.get(1)));
        assertEquals("row 3: S is 9223372036854775807, which is not a time", wrong(steps.get(2)));
    }

    private static String wrong(MappedRows step) {
        return String.valueOf(step.wrong());
    }

    @Test
    void conditionsChooseAmongEventsAndValues() throws Exception {
        List<MappedRows> steps = steps(
                """
                source: s
                skip:
                  - { when: { Name: [x, y] }, reason: not wanted }
                events:
                  - type: a:b
                    when: { Name: { not: { prefix: C } }, N: { above: 0 } }
                    id: "{Name}"
                    data:
                      size:
                        choose:
                          - { when: { N: { below: 10 } }, then: small }
                          - { when: { N: 10 }, then: ten }
                """,
                "Name,N\na,1\nb,10.0\nc,11\nCd,1\ne,0\nx,1\n");
        assertTrue(json(steps.get(0).events().get(0)).endsWith("{\"size\":\"small\"}}"));
        assertTrue(json(steps.get(1).events().get(0)).endsWith("{\"size\":\"ten\"}}"));
        assertTrue(json(steps.get(2).events().get(0)).endsWith("\"data\":{}}"));
        assertEquals("nothing in the mapping applies", steps.get(3).skipped());
        assertEquals("nothing in the mapping applies", steps.get(4).skipped());
        assertEquals("not wanted", steps.get(5).skipped());
    }

    @Test
    void aGroupIsPutTogetherThoughOthersLieWithinAndIsReadWholeAgain() throws Exception {
        String mapping =
                """
                source: s
                group: G
                apart: 2
                events:
                  - { type: a:b, id: "{G}", data: { rows: { each: "{#line}" } } }
                """;
        String table = "G\na\nb\nc\nb\nd\nd\nd\nb\n";
        List<MappedRows> steps = steps(mapping, table);
        assertEquals(
                List.of("a 1", "b 2", "c 1", "d 3", "b 1"),
                steps.stream()
                        .map(step -> step.events().get(0).id() + " " + step.rows())
                        .toList());
        // After b, c is still open and lies before b's last row: no bookmark there; nor behind rows to which a file
        // that
        // goes on may add some.
        assertEquals(
                List.of(1L, -1L, 4L, -1L, -1L),
                steps.stream().map(MappedRows::resumeAt).toList());
        for (MappedRows step : steps) {
            if (step.clean()) {
                List<MappedRows> rest = steps(mapping, table, step.resumeAt());
                assertEquals(
                        steps.subList(steps.indexOf(step) + 1, steps.size()).stream()
                                .map(each -> json(each.events().get(0)))
                                .toList(),
                        rest.stream().map(each -> json(each.events().get(0))).toList());
            }
        }
    }
}

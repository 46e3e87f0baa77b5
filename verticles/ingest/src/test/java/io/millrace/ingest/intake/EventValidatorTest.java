package io.millrace.ingest.intake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Priority;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.Micros;
import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.ingest.Refused;
import io.millrace.ingest.parse.EnvelopeReader;
import io.millrace.platform.auth.Principal;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventValidatorTest {
    private static final Instant NOW = Instant.parse("2026-06-01T12:00:00.123456Z");
    private static final Principal CUSTOMER = person("c-4", "customer");
    private static final Principal MANAGER = person("m-1", "manager");

    private final EventValidator checks;

    EventValidatorTest() throws InvalidConfigurationException {
        DomainModel domains = DomainModel.parse(
                "pack.yaml",
                """
                domain: test
                namespaces:
                  orders: { stream: orders }
                  rooms: { stream: "room:{data.roomId}" }
                  guilds: { stream: "guild:{data.guildId}", access: { claim: guilds } }
                types:
                  "order:created":
                    namespace: orders
                    owner: data.customerId
                    entity: { kind: order, id: data.orderId, apply: merge }
                    schema:
                      type: object
                      required: [orderId]
                      properties:
                        orderId: { type: string }
                        customerId: { type: string }
                        total: { type: number, minimum: 0 }
                        lines: { type: array, items: { type: object, required: [sku] } }
                  "order:alarm": { namespace: orders, priority: high }
                  "room:said": { namespace: rooms }
                  "guild:warned": { namespace: guilds }
                roles:
                  customer: { publish: ["order:created", "room:*"] }
                  manager: { publish: ["*"], priority: high, sources: ["shop/*"] }
                  moderator: { publish: ["guild:*"] }
                  shopkeeper: { publish: ["order:*"], sources: ["*"] }
                """);
        checks = new EventValidator(domains, Clock.fixed(NOW, ZoneOffset.UTC), Duration.ofMinutes(5));
    }

    @Test
    void whatTheSenderLeavesOutIsFilledIn() {
        Event event = check("{'type':'order:created','data':{'orderId':'o-1','customerId':'c-9'}}", CUSTOMER);
        assertEquals(7, UUID.fromString(event.id()).version());
        assertEquals("c-4", event.source());
        assertEquals("c-4", event.publisher());
        assertEquals(Micros.of(NOW), event.timeMicros());
        assertEquals(Micros.of(NOW), event.acceptedAtMicros());
        assertEquals(Priority.NORMAL, event.priority());
        assertEquals("orders", event.stream());
        assertEquals("c-9", event.owner());
        assertEquals(new EntityRef("order", "orders", "o-1"), event.entity());
        assertEquals("{}", new String(event.metadata(), StandardCharsets.UTF_8));
        assertEquals(Event.ANY_VERSION, event.expectedVersion());
        String other = check("{'type':'order:created','data':{'orderId':'o-1'}}", CUSTOMER)
                .id();
        assertNotEquals(event.id(), other);
    }

    @Test
    void aStreamNeedsItsKeyInTheTokenUnlessTheRolePublishesForOthers() {
        String warned = "{'type':'guild:warned','data':{'guildId':'7'}}";
        JsonObject guilds = new JsonObject("{\"guilds\":[\"7\"]}");
        Principal here = new Principal("m-1", Set.of("moderator"), guilds, Long.MAX_VALUE);
        assertEquals("guild:7", check(warned, here).stream());
        assertEquals("guild:7", check(warned, MANAGER).stream(), "a service speaks for others");
        Refused.as(Failure.PERMISSION_DENIED, () -> check(warned.replace('7', '8'), here));
        Refused.as(Failure.PERMISSION_DENIED, () -> check(warned, person("m-2", "moderator")));
        Refused.as(Failure.PERMISSION_DENIED, () -> check(warned, person("m-3", "moderator", "shopkeeper")));
    }

    @Test
    void theSendersValuesAreKept() {
        Event event = check(
                "{'id':'1','type':'order:created','source':'c-4/app','timestamp':'2026-06-01T14:00:00.5+02:00',"
                        + "'data':{'orderId':'o-1'},'metadata':{'priority':0,'expectedVersion':3}}",
                CUSTOMER);
        assertEquals("1", event.id());
        assertEquals("c-4/app", event.source());
        assertEquals(Micros.of(Instant.parse("2026-06-01T12:00:00.5Z")), event.timeMicros());
        assertEquals(Priority.LOW, event.priority());
        assertEquals(3, event.expectedVersion());
    }

    @Test
    void anUnknownTypeIsReportedAsUnknown() {
        MillraceException refused =
                Refused.as(Failure.UNKNOWN_TYPE, () -> check("{'type':'order:craeted','data':{}}", MANAGER));
        Refused.at("/type", refused);
        assertEquals(
                "/type \"order:craeted\" is in no domain pack; did you mean \"order:created\"?", refused.getMessage());
        assertEquals(
                "/type \"Room:Said\" is in no domain pack; did you mean \"room:said\"?",
                Refused.as(Failure.UNKNOWN_TYPE, () -> check("{'type':'Room:Said','data':{}}", MANAGER))
                        .getMessage());
        assertEquals(
                "/type \"weather:changed\" is in no domain pack",
                Refused.as(Failure.UNKNOWN_TYPE, () -> check("{'type':'weather:changed','data':{}}", MANAGER))
                        .getMessage());
        Refused.at("/type", () -> check("{'data':{}}", MANAGER));
        Refused.at("/type", () -> check("{'type':'','data':{}}", MANAGER));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "'data':null", "'data':[]", "'data':7", "'data':'{}'"})
    void dataMustBeAnObject(String data) {
        Refused.at("/data", () -> check("{'type':'order:alarm'" + (data.isEmpty() ? "" : ",") + data + "}", MANAGER));
    }

    @Test
    void everythingThatTheSchemaRefusesIsPointedAt() {
        MillraceException refused = Refused.as(
                Failure.INVALID_EVENT,
                () -> check(
                        "{'type':'order:created','data':{'orderId':7,'total':-1,'lines':[{'sku':1},{}]}}", CUSTOMER));
        Refused.at("/data/orderId", refused);
        Refused.at("/data/total", refused);
        Refused.at("/data/lines/1", refused);
        Refused.at("/data", () -> check("{'type':'order:created','data':{}}", CUSTOMER));
    }

    @Test
    void aTypeThatNoRoleMayPublishIsDenied() {
        Refused.as(Failure.PERMISSION_DENIED, () -> check("{'type':'order:alarm','data':{}}", CUSTOMER));
        Refused.as(
                Failure.PERMISSION_DENIED,
                () -> check("{'type':'order:created','data':{'orderId':'o'}}", Principal.PUBLIC));
    }

    @Test
    void aPriorityAboveWhatTheRoleAllowsIsDeniedAndOneBelowIsTaken() {
        Refused.as(Failure.PERMISSION_DENIED, () -> order("'metadata':{'priority':'high'}", CUSTOMER));
        Refused.as(Failure.PERMISSION_DENIED, () -> order("'metadata':{'priority':9}", MANAGER));
        assertEquals(Priority.HIGH, order("'metadata':{'priority':6}", MANAGER).priority());
        assertEquals(
                Priority.LOW, order("'metadata':{'priority':'low'}", CUSTOMER).priority());
        assertEquals(
                Priority.HIGH,
                check("{'type':'order:alarm','data':{}}", MANAGER).priority());
    }

    @Test
    void aSourceOfAnotherUserIsDenied() {
        for (String source : new String[] {"c-5", "c-44", "shop/eu", "c", "C-4", "c-4/../c-5x", " c-4"}) {
            if (source.startsWith("c-4/")) {
                assertEquals(
                        source, order("'source':'" + source + "'", CUSTOMER).source());
            } else {
                Refused.as(Failure.PERMISSION_DENIED, () -> order("'source':'" + source + "'", CUSTOMER));
            }
        }
        assertEquals("shop/eu", order("'source':'shop/eu'", MANAGER).source());
        Refused.as(Failure.PERMISSION_DENIED, () -> order("'source':'bank/eu'", MANAGER));
        Refused.at("/source", () -> order("'source':''", MANAGER));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2099-01-01T00:00:00Z",
                "2026-06-01T12:05:01Z",
                "1969-12-31T23:59:59Z",
                "+999999999-12-31T23:59:59Z",
                "-999999999-01-01T00:00:00Z",
                "2026-06-01T12:00:00",
                "2026-06-01",
                "2026-02-30T00:00:00Z",
                "1780315200",
                "now",
                ""
            })
    void aTimestampLiesWithin1970AndNowAndAFewMinutes(String timestamp) {
        Refused.at("/timestamp", () -> order("'timestamp':'" + timestamp + "'", CUSTOMER));
    }

    @Test
    void aClockThatIsALittleAheadIsForgiven() {
        Event event = order("'timestamp':'2026-06-01T12:04:59Z'", CUSTOMER);
        assertEquals(Micros.of(Instant.parse("2026-06-01T12:04:59Z")), event.timeMicros());
    }

    @Test
    void anExpectedVersionNeedsAnEntity() {
        Refused.at(
                "/metadata/expectedVersion",
                () -> check("{'type':'order:alarm','data':{},'metadata':{'expectedVersion':1}}", MANAGER));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a\\nb"})
    void anEntityNeedsAnIdThatCanBeReadByItsUrl(String id) {
        Refused.at("/data/orderId", () -> check("{'type':'order:created','data':{'orderId':'" + id + "'}}", CUSTOMER));
    }

    /** Characters are code points, as JSON Schema counts them: two of UTF-16's units may be one. */
    @Test
    void lengthsAreOfCharactersEverywhere() {
        for (String one : List.of("x", "é", "漢", "🙂")) {
            assertEquals(
                    one.repeat(128),
                    order("'id':'" + one.repeat(128) + "'", CUSTOMER).id());
            Refused.at("/id", () -> order("'id':'" + one.repeat(129) + "'", CUSTOMER));
            assertEquals(
                    "shop/" + one.repeat(251),
                    order("'source':'shop/" + one.repeat(251) + "'", MANAGER).source());
            Refused.at("/source", () -> order("'source':'shop/" + one.repeat(252) + "'", MANAGER));
            String entity = "{'type':'order:created','data':{'orderId':'";
            assertNotNull(check(entity + one.repeat(256) + "'}}", CUSTOMER).entity());
            Refused.at("/data/orderId", () -> check(entity + one.repeat(257) + "'}}", CUSTOMER));
            String room = "{'type':'room:said','data':{'roomId':'";
            assertEquals("room:" + one.repeat(128), check(room + one.repeat(128) + "'}}", CUSTOMER).stream());
            Refused.at("/data/roomId", () -> check(room + one.repeat(129) + "'}}", CUSTOMER));
            assertNotNull(order(
                    "'metadata':{'category':'" + one.repeat(128) + "','tags':['" + one.repeat(128) + "']}", CUSTOMER));
            Refused.at(
                    "/metadata/category", () -> order("'metadata':{'category':'" + one.repeat(129) + "'}", CUSTOMER));
            Refused.at("/metadata/tags/0", () -> order("'metadata':{'tags':['" + one.repeat(129) + "']}", CUSTOMER));
            Refused.at(
                    "/metadata/target/users/0",
                    () -> check(
                            "{'type':'order:alarm','data':{},'metadata':{'target':{'users':['" + one.repeat(129)
                                    + "']}}}",
                            MANAGER));
        }
    }

    @Test
    void aKeyedStreamNeedsItsKeyAndReportsAnInvalidOne() {
        assertEquals("room:42", check("{'type':'room:said','data':{'roomId':'42'}}", CUSTOMER).stream());
        assertNull(
                check("{'type':'room:said','data':{'roomId':'42'}}", CUSTOMER).entity());
        for (String data : List.of("{}", "{'roomId':null}", "{'roomId':{}}")) {
            MillraceException missing = Refused.as(
                    Failure.INVALID_EVENT, () -> check("{'type':'room:said','data':" + data + "}", CUSTOMER));
            assertTrue(missing.getMessage().startsWith("/data/roomId is missing"), missing::getMessage);
        }
        for (String key : List.of(" ", "a b", "", "a\u00a0b", "a\u200bb", "\\t")) {
            MillraceException blank = Refused.as(
                    Failure.INVALID_EVENT,
                    () -> check("{'type':'room:said','data':{'roomId':'" + key + "'}}", CUSTOMER));
            assertTrue(blank.getMessage().startsWith("/data/roomId can't be the key"), blank::getMessage);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "\\u0000", "a\\nb", "\\u0085"})
    void anIdIsPlainTextOfAtMost128Characters(String id) {
        Refused.at("/id", () -> order("'id':'" + id + "'", CUSTOMER));
    }

    @Test
    void anIdMayHoldAnythingElse() {
        String odd = "<script>'; drop table events; -- 漢🙂\u202e";
        assertEquals(
                odd,
                order("'id':'" + odd.replace("'", "\\u0027") + "'", CUSTOMER).id());
        assertEquals(128, order("'id':'" + "x".repeat(128) + "'", CUSTOMER).id().length());
        Refused.at("/id", () -> order("'id':'" + "x".repeat(129) + "'", CUSTOMER));
    }

    @Test
    void aMistakeInTheEnvelopeIsReported() {
        Refused.at("/surprise", () -> order("'surprise':1", CUSTOMER));
    }

    private Event order(String member, Principal publisher) {
        return check("{'type':'order:created','data':{'orderId':'o-1'}," + member + "}", publisher);
    }

    /** With ' for ". */
    private Event check(String json, Principal publisher) {
        byte[] body = json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        return checks.check(EnvelopeReader.one(body, 0, body.length, EnvelopeReader.Form.NATIVE), publisher);
    }

    private static Principal person(String user, String... roles) {
        return new Principal(user, Set.of(roles), new JsonObject(), Long.MAX_VALUE - 1);
    }
}

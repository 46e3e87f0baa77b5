package io.millrace.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.entity.EntityListQuery;
import io.millrace.contracts.entity.EntityPage;
import io.millrace.contracts.entity.EntitySnapshot;
import io.millrace.contracts.event.EntityRef;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One's entities, all of them, or none: page by page, and nothing tells of those that one may not see. */
@Timeout(60)
@SuppressWarnings("NullAway.Init")
class EntityListTest {
    private static final int OWN = 25;

    /** What persistence has, by stream and id. */
    private static final Map<String, TreeMap<String, EntitySnapshot.Entity>> STREAMS = new ConcurrentHashMap<>();

    private static ApiFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        fixture = new ApiFixture(
                """
                domain: shop
                namespaces:
                  alone: { stream: alone }
                  crowded: { stream: crowded }
                  guilds: { stream: "guild:{data.guild}", access: { claim: guilds } }
                  large: { stream: large }
                types:
                  "a:made": { namespace: alone, owner: data.customer, entity: { kind: order, id: data.id, apply: put } }
                  "c:made": { namespace: crowded, owner: data.customer, entity: { kind: order, id: data.id, apply: put } }
                  "case:opened": { namespace: guilds, entity: { kind: case, id: data.id, apply: put } }
                  "large:made": { namespace: large, entity: { kind: picture, id: data.id, apply: put } }
                roles: { admin: { see: ["*"] }, customer: { see: ["a:made own", "c:made own"] }, bot: { see: ["case:*"] } }
                """,
                "api.entities.max",
                "400",
                "api.entities.bytes",
                "64KiB");
        for (int i = 0; i < OWN; i++) {
            put("alone", "order", "own-" + i, "c-1", "");
            put("crowded", "order", "own-" + i, "c-1", "");
        }
        for (int i = 0; i < 700; i++) {
            // Before, between and behind the customer's own.
            put("crowded", "order", (i % 3 == 0 ? "a" : i % 3 == 1 ? "own-1" : "z") + "-hidden-" + i, "c-2", "");
        }
        put("guild:7", "case", "1", "u", "");
        put("guild:8", "case", "2", "u", "");
        for (int i = 10; i < 40; i++) {
            put("large", "picture", "p-" + i, "u", "x".repeat(10_000));
        }
        fixture.serve(Addresses.ENTITIES, EntityListTest::page);
    }

    @AfterAll
    static void stop() throws Exception {
        fixture.close();
    }

    private static void put(String stream, String kind, String id, String customer, String more) {
        byte[] state = new JsonObject()
                .put("id", id)
                .put("customer", customer)
                .put("more", more)
                .toBuffer()
                .getBytes();
        STREAMS.computeIfAbsent(stream, name -> new TreeMap<>())
                .put(id, new EntitySnapshot.Entity(new EntityRef(kind, stream, id), 1, state));
    }

    /** As persistence would that knows of no owners: the api stage looks for itself. */
    private static Future<EntityPage> page(EntityListQuery query) {
        List<EntitySnapshot.Entity> behind =
                STREAMS.getOrDefault(query.stream(), new TreeMap<>()).tailMap(query.after(), false).values().stream()
                        .filter(entity -> entity.ref().kind().equals(query.kind()))
                        .toList();
        List<EntitySnapshot.Entity> page = new ArrayList<>();
        long bytes = 0;
        for (EntitySnapshot.Entity entity : behind) {
            if (page.size() == Math.min(query.limit(), 100) || bytes >= query.bytes()) {
                return Future.succeededFuture(new EntityPage(page, false));
            }
            page.add(entity);
            bytes += entity.state().length;
        }
        return Future.succeededFuture(new EntityPage(page, true));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 24, 25, 26, 400})
    void anAnswerIsTheSameWhateverIsHidden(int limit) {
        List<JsonObject> alone = pages("alone", limit);
        assertEquals(
                unsealed(alone),
                unsealed(pages("crowded", limit)).replace("\"stream\":\"crowded\"", "\"stream\":\"alone\""));
        assertEquals((OWN + limit - 1) / limit, alone.size());
        assertEquals(OWN, alone.stream().flatMap(EntityListTest::ids).distinct().count());
        assertEquals(OWN, alone.stream().flatMap(EntityListTest::ids).count());
    }

    /** What leads to the next page is sealed for its list, and as long whatever it leads to. */
    private static String unsealed(List<JsonObject> pages) {
        return pages.toString().replaceAll("\"next\":\"s\\.[\\w-]{123}\"", "\"next\"");
    }

    @Test
    void theCursorOfAPageHasNoNameAndIsInvalidForOtherLists() {
        String next =
                customer("/api/entities/order?stream=alone&limit=1").json().getString("next");
        String decoded = new String(Base64.getUrlDecoder().decode(next.substring(2)), StandardCharsets.UTF_8);
        assertFalse(decoded.contains("own-0"), decoded);
        assertEquals(
                next,
                customer("/api/entities/order?stream=alone&limit=1").json().getString("next"));
        assertEquals(
                400,
                customer("/api/entities/order?stream=crowded&after=" + next).status());
        String forged = next.substring(0, 30) + (next.charAt(30) == 'A' ? 'B' : 'A') + next.substring(31);
        assertEquals(
                400,
                customer("/api/entities/order?stream=alone&after=" + forged).status());
    }

    private static List<JsonObject> pages(String stream, int limit) {
        List<JsonObject> pages = new ArrayList<>();
        String after = "";
        do {
            ApiResponse answer = customer("/api/entities/order?stream=" + stream + "&limit=" + limit + after);
            assertEquals(200, answer.status(), answer::toString);
            pages.add(answer.json());
            after = "&after=" + answer.json().getString("next");
        } while (!after.endsWith("null"));
        return pages;
    }

    @Test
    void thePagesTagIsThatOfWhatItsReaderSees() {
        String path = "/api/entities/order?stream=crowded&limit=2";
        String etag = customer(path).header("ETag");
        put("crowded", "order", "a-hidden-too", "c-2", "");
        assertEquals(
                304,
                fixture.api("c-1", "customer")
                        .get(path, "If-None-Match", "W/" + etag)
                        .status());
        put("crowded", "order", "own-0", "c-1", "changed");
        ApiResponse changed = fixture.api("c-1", "customer").get(path, "If-None-Match", etag);
        assertEquals(200, changed.status());
        assertNotEquals(etag, changed.header("ETag"));
        assertEquals("Authorization", changed.header("Vary"));
        put("crowded", "order", "own-0", "c-1", "");
    }

    @Test
    void aClientThatSeesAllEntitiesGetsAllOfThem() {
        List<String> ids = new ArrayList<>();
        String after = "";
        do {
            ApiResponse answer =
                    fixture.api("boss", "admin").get("/api/entities/order?stream=crowded&limit=300" + after);
            ids(answer.json()).forEach(ids::add);
            after = "&after=" + answer.json().getString("next");
        } while (!after.endsWith("null"));
        assertEquals(
                List.copyOf(STREAMS.getOrDefault("crowded", new TreeMap<>()).keySet()), ids);
    }

    @Test
    void aPageEndsWhereItsStatesHoldTooManyBytes() {
        ApiResponse first = fixture.api("boss", "admin").get("/api/entities/picture");
        assertEquals(7, first.json().getJsonArray("entities").size());
        assertTrue(first.body().length() < 80_000);
        ApiResponse second = fixture.api("boss", "admin")
                .get("/api/entities/picture?after=" + first.json().getString("next"));
        assertEquals("p-17", ids(second.json()).findFirst().orElseThrow());
    }

    @Test
    void whatIsListedReadsAsItIs() {
        assertEquals(
                "{\"kind\":\"order\",\"stream\":\"alone\",\"entities\":[{\"id\":\"own-0\",\"version\":1,"
                        + "\"state\":{\"id\":\"own-0\",\"customer\":\"c-1\",\"more\":\"\"}}],\"next\"}",
                unsealed(List.of(customer("/api/entities/order?stream=alone&limit=1")
                                .json()))
                        .replaceAll("^\\[|]$", ""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "admin    | /api/entities/order?stream=alone       | 200",
                "customer | /api/entities/order?stream=alone       | 200",
                "customer | /api/entities/case?stream=guild:7      | 403",
                "nobody   | /api/entities/order?stream=alone       | 403",
                "public   | /api/entities/order?stream=alone       | 401",
                "admin    | /api/entities/order                    | 400",
                "admin    | /api/entities/order?stream=elsewhere   | 404",
                "admin    | /api/entities/ordre?stream=alone       | 404",
                "customer | /api/entities/ordre?stream=alone       | 403",
                "bot      | /api/entities/case                     | 400",
                "bot      | /api/entities/case?stream=guild:7      | 200",
                "bot      | /api/entities/case?stream=guild:8      | 403",
                "bot      | /api/entities/case?stream=guild:none   | 403",
            })
    void eachIsAnsweredByWhatTheyMaySee(String role, String path, int status) {
        ApiClient api = role.equals("public")
                ? fixture.anonymous()
                : fixture.api("c-1", new JsonObject().put("guilds", new JsonArray().add("7")), role);
        ApiResponse answer = api.get(path);
        assertEquals(status, answer.status(), answer::toString);
        if (status == 400) {
            assertTrue(answer.json().getString("detail").startsWith("stream is missing"), answer::toString);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "limit=0",
                "limit=-1",
                "limit=401",
                "limit=many",
                "limit=1.0",
                "limit=",
                "limit=99999999999999999999",
                "after=own-1",
                "after=",
                "after=e.",
                "after=e.!!",
                "after=e._w",
                "after=e.AA",
                "after=e.b3duLTA%3D%3D%3D",
            })
    void anInvalidParameterIsRefusedWithWhatIsAllowed(String query) {
        ApiResponse answer = customer("/api/entities/order?stream=alone&" + query);
        assertEquals(400, answer.status(), answer::toString);
        String detail = answer.json().getString("detail");
        assertTrue(
                detail.startsWith("limit must be a whole number from 1 to 400")
                        || detail.equals("after must be what next of the page before says"),
                detail);
    }

    @Test
    void whateverAnIdIsThePageBehindItIsFound() {
        for (String id : List.of("é", "a/b c", "🙂", "%", "\"")) {
            put("odd", "picture", id, "u", "");
            put("large", "picture", id, "u", "");
        }
        List<String> ids = new ArrayList<>();
        String after = "";
        do {
            ApiResponse answer = fixture.api("boss", "admin").get("/api/entities/picture?limit=1" + after);
            ids(answer.json()).forEach(ids::add);
            String next = answer.json().getString("next");
            after = next == null ? "" : "&after=" + URLEncoder.encode(next, StandardCharsets.UTF_8);
        } while (!after.isEmpty());
        assertEquals(List.copyOf(STREAMS.getOrDefault("large", new TreeMap<>()).keySet()), ids);
        for (String id : STREAMS.getOrDefault("odd", new TreeMap<>()).keySet()) {
            STREAMS.getOrDefault("large", new TreeMap<>()).remove(id);
        }
        assertFalse(ids.isEmpty());
    }

    private static Stream<String> ids(JsonObject page) {
        return page.getJsonArray("entities").stream().map(each -> ((JsonObject) each).getString("id"));
    }

    private static ApiResponse customer(String path) {
        return fixture.api("c-1", "customer").get(path);
    }
}

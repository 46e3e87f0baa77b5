package io.millrace.api.query;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.ApiFixture;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.stream.Heads;
import io.millrace.contracts.stream.StreamsQuery;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is listed for whom: nothing that the reader may not see. */
@SuppressWarnings("NullAway.Init")
class CatalogRoutesTest {
    /** What persistence knows, in the order of names. */
    private static final List<String> WRITTEN =
            List.of("guild:7", "guild:8", "loans", "member:a", "member:b", "member:c");

    private static ApiFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        fixture = new ApiFixture(
                """
                domain: library
                namespaces:
                  loans: { stream: loans }
                  secrets: { stream: secrets }
                  guilds: { stream: "guild:{data.guild}", access: { claim: guilds } }
                  members: { stream: "member:{data.member}" }
                types:
                  "loan:made":
                    namespace: loans
                    owner: data.member
                    entity: { kind: loan, id: data.loan, apply: merge }
                    schema: { type: object, required: [loan], properties: { loan: { type: string }, member: {} } }
                  "loan:audited": { namespace: loans }
                  "secret:told": { namespace: secrets }
                  "guild:said": { namespace: guilds }
                  "member:moved": { namespace: members, owner: data.member, durable: false }
                roles:
                  admin: { see: ["*"], publish: ["*"], manage: ["sinks", "dead-letters"] }
                  member: { see: ["loan:made own", "member:* own", "guild:*"] }
                  desk: { publish: ["loan:made"] }
                """);
        fixture.serve(Addresses.STREAMS, CatalogRoutesTest::written);
    }

    @AfterAll
    static void stop() throws Exception {
        fixture.close();
    }

    private static Future<Heads> written(StreamsQuery query) {
        return Future.succeededFuture(new Heads(WRITTEN.stream()
                .filter(name -> name.compareTo(query.after()) > 0)
                .filter(name -> query.names().contains(name)
                        || query.prefixes().stream().anyMatch(name::startsWith))
                .limit(query.limit())
                .map(name -> new Heads.Head(name, "k3", 12))
                .toList()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "admin  | loan:made all true, loan:audited all true, secret:told all true, guild:said all true, member:moved all true",
                "member | loan:made own false, guild:said all false, member:moved own false",
                "desk   | loan:made none true",
                "nobody | ''",
            })
    void onlyTypesThatOneMaySeeOrPublishAreListed(String role, String expected) {
        JsonArray types = api(role).get("/api/types").json().getJsonArray("types");

        assertEquals(
                expected,
                String.join(
                        ", ",
                        objects(types)
                                .map(type -> type.getString("name") + " " + type.getString("see") + " "
                                        + type.getBoolean("publish"))
                                .toList()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "admin  | [\"dead-letters\",\"sinks\"]",
                "member | []",
                "nobody | []",
            })
    void whatARoleManagesIsListed(String role, String expected) {
        assertEquals(new JsonArray(expected), api(role).get("/api/types").json().getJsonArray("manage"));
    }

    @Test
    void aTypeIsDescribedAsItsPackDeclaresIt() {
        JsonObject type = objects(api("admin").get("/api/types").json().getJsonArray("types"))
                .findFirst()
                .orElseThrow();

        assertEquals(
                new JsonObject(
                        """
                        {"name":"loan:made","namespace":"loans","stream":"loans","priority":"normal","message":"update","durable":true,
                         "owner":"data.member","entity":{"kind":"loan","id":"data.loan","apply":"merge"},
                         "schema":{"type":"object","required":["loan"],"properties":{"loan":{"type":"string"},"member":{}}},
                         "see":"all","publish":true}"""),
                type);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "admin  | guild:7=all, loans=all, member:a=all, member:b=all, member:c=all, secrets=all",
                "member | guild:7=all, loans=part",
                "desk   | ''",
                "nobody | ''",
            })
    void onlyStreamsThatOneMayFollowAreListed(String role, String expected) {
        JsonArray streams = api(role).get("/api/streams").json().getJsonArray("streams");

        assertEquals(
                expected,
                String.join(
                        ", ",
                        objects(streams)
                                .map(one -> one.getString("stream") + "=" + one.getString("see"))
                                .toList()));
    }

    @Test
    void aPositionIsListedOnlyForAClientThatSeesTheWholeStream() {
        assertEquals("k3:12", stream("admin", "loans").getString("position"));
        assertFalse(stream("member", "loans").containsKey("position"));
        assertFalse(stream("admin", "secrets").containsKey("position"), "nothing was ever written there");
    }

    private JsonObject stream(String role, String name) {
        return objects(api(role).get("/api/streams").json().getJsonArray("streams"))
                .filter(one -> one.getString("stream").equals(name))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 5, 6, 100})
    void pagesOfAnySizeListEveryStreamOnce(int limit) {
        List<String> found = new ArrayList<>();
        String next = "";
        while (next != null) {
            JsonObject page = api("admin")
                    .get("/api/streams?limit=" + limit + "&after=" + next)
                    .json();
            assertTrue(page.getJsonArray("streams").size() <= limit);
            objects(page.getJsonArray("streams")).forEach(one -> found.add(one.getString("stream")));
            next = page.getString("next");
        }
        assertEquals(List.of("guild:7", "loans", "member:a", "member:b", "member:c", "secrets"), found);
        assertNull(next);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "many", "1.0", "%201", "", "1001", "9999999"})
    void anInvalidLimitIsRefusedWithWhatIsAllowed(String limit) {
        ApiResponse answer = api("admin").get("/api/streams?limit=" + limit);

        assertEquals(400, answer.status());
        assertTrue(
                answer.json().getString("detail").startsWith("limit must be a whole number from 1 to 1000"),
                answer::body);
    }

    @Test
    void aClientWithoutATokenGetsWhatIsPublic() {
        ApiResponse answer = fixture.anonymous().get("/api/types");
        assertEquals(new JsonObject().put("types", new JsonArray()).put("manage", new JsonArray()), answer.json());
    }

    private static Stream<JsonObject> objects(JsonArray array) {
        return array.stream().map(JsonObject.class::cast);
    }

    private static ApiClient api(String role) {
        return fixture.api("u1", new JsonObject().put("guilds", List.of("7")), role);
    }
}

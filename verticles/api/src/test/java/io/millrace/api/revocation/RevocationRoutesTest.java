package io.millrace.api.revocation;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.ApiFixture;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.revocation.Revocation;
import io.millrace.contracts.revocation.RevocationCommand;
import io.millrace.contracts.revocation.RevocationPage;
import io.millrace.contracts.revocation.RevocationQuery;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Revocations over HTTP: what may be asked for, by whom, and what is answered. */
@Timeout(60)
@SuppressWarnings("NullAway.Init")
class RevocationRoutesTest {
    private static final String PACK =
            """
            domain: test
            namespaces: { orders: { stream: orders } }
            types: { "order:created": { namespace: orders } }
            roles:
              admin: { see: ["*"], manage: ["revocations"] }
              operator: { see: ["*"], manage: ["dead-letters", "connections"] }
            """;

    private static final String ROOT = "/api/revocations";
    private static final List<RevocationCommand> COMMANDS = new CopyOnWriteArrayList<>();
    private static final List<RevocationQuery> QUERIES = new CopyOnWriteArrayList<>();
    private static ApiFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        fixture = new ApiFixture(PACK);
        fixture.serve(Addresses.REVOCATION_COMMANDS, command -> {
            COMMANDS.add(command);
            Revocation asked = command.revocation();
            if (asked == null) {
                return Future.succeededFuture(new RevocationPage(0, List.of()));
            }
            if (asked.id() == 404) {
                return Future.failedFuture(new MillraceException(Failure.NOT_FOUND, "there is no revocation 404"));
            }
            Revocation made = new Revocation(
                    asked.id() == 0 ? 7 : asked.id(),
                    asked.token(),
                    asked.user(),
                    asked.beforeMicros(),
                    asked.endsMicros(),
                    command.by(),
                    1_000_000);
            return Future.succeededFuture(new RevocationPage(1, List.of(made)));
        });
        fixture.serve(Addresses.REVOCATIONS, query -> {
            QUERIES.add(query);
            Revocation one = new Revocation(9, null, "anna", Revocation.ALWAYS, Revocation.NEVER, "boss", 1_000_000);
            return Future.succeededFuture(new RevocationPage(1, List.of(one)));
        });
    }

    @BeforeEach
    void forget() {
        COMMANDS.clear();
        QUERIES.clear();
    }

    @AfterAll
    static void close() throws Exception {
        fixture.close();
    }

    @Test
    void aTokenIsRevokedByItsIdUntilItMustHaveExpired() throws Exception {
        ApiResponse answer = post("{\"jti\":\"t-1\"}");
        assertEquals(201, answer.status());
        JsonObject body = answer.json();
        assertEquals("t-1", body.getString("jti"));
        assertEquals("boss", body.getString("by"));
        assertEquals("1970-01-01T00:00:01Z", body.getString("at"));
        Instant until = Instant.parse(body.getString("until"));
        assertTrue(until.isAfter(Instant.now().plus(Duration.ofDays(29))), body.encode());
        assertTrue(until.isBefore(Instant.now().plus(Duration.ofDays(31))), body.encode());
        assertEquals(7, body.getLong("id"));
    }

    @Test
    void aUserIsRevokedForGoodAndTokensIssuedBeforeATimeAlsoOfOneUser() throws Exception {
        assertEquals(
                new JsonObject("{\"id\":7,\"user\":\"anna\",\"by\":\"boss\",\"at\":\"1970-01-01T00:00:01Z\"}"),
                post("{\"user\":\"anna\"}").json());
        JsonObject all = post("{\"before\":\"2026-01-01T00:00:00.5Z\",\"until\":\"2099-01-01T00:00:00Z\"}")
                .json();
        assertEquals("2026-01-01T00:00:00.500Z", all.getString("before"));
        assertEquals("2099-01-01T00:00:00Z", all.getString("until"));
        JsonObject both =
                post("{\"before\":\"2026-01-01T00:00:00Z\",\"user\":\"anna\"}").json();
        assertEquals("anna", both.getString("user"));
        assertEquals("2026-01-01T00:00:00Z", both.getString("before"));
        assertEquals(3, COMMANDS.size());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{}",
                "{\"jti\":\"\"}",
                "{\"jti\":7}",
                "{\"jti\":null}",
                "{\"jti\":\"a\",\"user\":\"b\"}",
                "{\"jti\":\"a\",\"before\":\"2026-01-01T00:00:00Z\"}",
                "{\"users\":\"anna\"}",
                "{\"user\":\"\"}",
                "{\"before\":\"yesterday\"}",
                "{\"before\":1769851800}",
                "{\"before\":\"2199-01-01T00:00:00Z\"}",
                "{\"until\":\"2099-01-01T00:00:00Z\"}",
                "{\"user\":\"a\",\"until\":\"2001-01-01T00:00:00Z\"}",
                "{\"user\":\"a\",\"until\":true}",
                "{\"user\":\"a\",\"user\":\"b\"}",
                "{\"user\":\"a\\u0000\"}",
                "{\"user\":\"a\\u009fb\"}",
                "{\"user\":\"a\\ud800\"}",
                "{\"jti\":\"\\n\"}"
            })
    void whatNamesNoTokensIsRefusedAndRevokesNothing(String body) throws Exception {
        ApiResponse answer = post(body);
        assertEquals(400, answer.status(), answer.body());
        assertEquals("bad_message", answer.json().getString("code"));
        assertEquals(List.of(), COMMANDS);
    }

    @ParameterizedTest
    @CsvSource({"jti,128", "user,256"})
    void aNameMayBeAsLongAsInAToken(String member, int most) throws Exception {
        String name = "ü".repeat(most);
        assertEquals(name, post("{\"" + member + "\":\"" + name + "\"}").json().getString(member));
        ApiResponse longer = post("{\"" + member + "\":\"" + name + "x\"}");
        assertEquals(400, longer.status());
        assertTrue(longer.body().contains(member + " must be text of 1 to " + most), longer.body());
    }

    @Test
    void theListComesInPages() throws Exception {
        JsonObject page = boss().get(ROOT + "?limit=1&after=12").json();
        assertEquals(
                new JsonArray()
                        .add(new JsonObject(
                                "{\"id\":9,\"user\":\"anna\",\"by\":\"boss\",\"at\":\"1970-01-01T00:00:01Z\"}")),
                page.getJsonArray("revocations"));
        assertEquals(9, page.getLong("next"));
        assertEquals(List.of(new RevocationQuery(RevocationQuery.NONE, 12, 1)), QUERIES);
        assertEquals(false, boss().get(ROOT).json().containsKey("next"));
        assertEquals(400, boss().get(ROOT + "?limit=0").status());
        assertEquals(400, boss().get(ROOT + "?limit=501").status());
        assertEquals(400, boss().get(ROOT + "?after=x").status());
    }

    @Test
    void aRevocationIsDeletedAndOneThatIsNotThereIsNotFound() throws Exception {
        assertEquals(200, boss().ask("DELETE", ROOT + "/9", "").status());
        assertEquals(RevocationCommand.delete(9, "boss"), COMMANDS.get(0));
        assertEquals(404, boss().ask("DELETE", ROOT + "/404", "").status());
        assertEquals(400, boss().ask("DELETE", ROOT + "/x", "").status());
    }

    @Test
    void aRoleThatManagesNoRevocationsIsRefusedAndRecorded() throws Exception {
        for (String role : List.of("operator", "public", "nobody")) {
            ApiClient eve = fixture.api("eve", role);
            assertEquals(403, eve.get(ROOT).status());
            assertEquals(
                    403,
                    eve.ask("POST", ROOT, new JsonObject().put("user", "boss")).status());
            assertEquals(403, eve.ask("DELETE", ROOT + "/9", "").status());
        }
        ApiResponse odd = fixture.api("eve", "operator").ask("DELETE", ROOT + "/%00", "");
        assertEquals(400, odd.status(), "no path that the database can't record");
        ApiResponse anonymous = fixture.anonymous().get(ROOT);
        assertEquals(401, anonymous.status());
        assertEquals(
                401,
                fixture.anonymous()
                        .ask("POST", ROOT, new JsonObject().put("user", "a"))
                        .status());
        await().until(() -> COMMANDS.size() == 6);
        assertEquals(RevocationCommand.denied("eve", "POST /api/revocations"), COMMANDS.get(0));
        assertEquals(RevocationCommand.denied("eve", "DELETE /api/revocations/9"), COMMANDS.get(1));
    }

    private static ApiClient boss() {
        return fixture.api("boss", "admin");
    }

    private static ApiResponse post(String body) throws Exception {
        return boss().ask("POST", ROOT, body);
    }
}

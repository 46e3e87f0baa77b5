package io.millrace.api.connection;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.api.ApiFixture;
import io.millrace.api.MalformedRequestsTest;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.connection.ConnectionCommand;
import io.millrace.contracts.connection.ConnectionCommandResult;
import io.millrace.contracts.connection.ConnectionInfo;
import io.millrace.contracts.connection.ConnectionPage;
import io.millrace.contracts.connection.ConnectionQuery;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.testkit.client.ApiClient;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ConnectionRoutesTest {
    private static final String DISCONNECT = "/api/connections/disconnect";

    private final List<ConnectionQuery> asked = new CopyOnWriteArrayList<>();
    /** What was recorded, and what was done then. */
    private final List<String> acts = new CopyOnWriteArrayList<>();

    private static ConnectionInfo connection(String id) {
        return new ConnectionInfo(
                id,
                "host/1",
                "u",
                List.of("customer"),
                "websocket",
                1_000_000,
                77,
                new ConnectionInfo.Lag(1, 2, 3),
                id.equals("b") ? new ConnectionInfo.LastError("rate_limited", "too much", 2_000_000) : null,
                1,
                List.of(new ConnectionInfo.SubscriptionInfo(
                        "orders", true, 0.5, ConnectionInfo.SubscriptionInfo.State.LAGGING, 2, 1)));
    }

    private ConnectionPage answer(ConnectionQuery query) {
        asked.add(query);
        List<Long> counts = new ArrayList<>(LongStream.range(0, ConnectionPage.ReadTimes.BUCKETS)
                .mapToObj(bucket -> 0L)
                .toList());
        counts.set(ConnectionPage.ReadTimes.bucket(3_000), 98L);
        counts.set(ConnectionPage.ReadTimes.bucket(2_000_000), 2L);
        return new ConnectionPage(
                List.of(connection("a"), connection("b")),
                12,
                List.of("n-2"),
                100,
                List.of(new ConnectionPage.ReadTimes("orders", counts)));
    }

    private ApiFixture fixture(boolean recorded) throws Exception {
        ApiFixture fixture = new ApiFixture(MalformedRequestsTest.PACK);
        fixture.serve(Addresses.CONNECTIONS, query -> Future.succeededFuture(answer(query)));
        fixture.serve(Addresses.CONNECTION_ACTS, command -> {
            acts.add("record " + command);
            return recorded
                    ? Future.succeededFuture(new ConnectionCommandResult(0, List.of()))
                    : Future.failedFuture(new MillraceException(Failure.UNAVAILABLE, "no database"));
        });
        fixture.serve(Addresses.CONNECTION_COMMANDS, command -> {
            acts.add("do " + command);
            return Future.succeededFuture(new ConnectionCommandResult(3, List.of("n-2")));
        });
        return fixture;
    }

    @Test
    void connectionsAreListedByWhatTheyAreAPageAtATime() throws Exception {
        try (ApiFixture fixture = fixture(true)) {
            ApiClient boss = fixture.api("boss", "admin");
            assertEquals(
                    new JsonObject(
                            """
                            {"connections":[{"connection":"b","node":"host/1","user":"u","roles":["customer"],
                              "transport":"websocket","since":"1970-01-01T00:00:01Z","sentBytes":77,
                              "lag":{"millis":1,"events":2,"bytes":3},"streams":1,
                              "subscriptions":[{"stream":"orders","filtered":true,"rate":0.5,"state":"lagging",
                                "events":2,"millis":1}],
                              "lastError":{"at":"1970-01-01T00:00:02Z","code":"rate_limited","message":"too much"}}],
                             "matched":12,"unanswered":1,"acknowledge":100,
                             "readTimes":[{"namespace":"orders","count":100,"p50":3.2,"p99":2317.048}]}
                            """),
                    boss.get("/api/connections?from=1&limit=1&user=u&stream=orders&node=host/1")
                            .json());
            boss.get("/api/connections?role=customer&transport=sse&connection=c");
            boss.get("/api/connections?from=999&limit=1000");
            assertEquals(
                    List.of(
                            new ConnectionQuery(null, "u", null, null, "orders", "host/1", 2),
                            new ConnectionQuery("c", null, "customer", "sse", null, null, 100),
                            new ConnectionQuery(null, null, null, null, null, null, 1_000)),
                    asked);
        }
    }

    @Test
    void aDisconnectIsRecordedInTheOperatorsNameAndThenDoneAndADeniedOneIsRecorded() throws Exception {
        try (ApiFixture fixture = fixture(true)) {
            ApiClient boss = fixture.api("boss", "admin");
            assertEquals(
                    new JsonObject().put("disconnected", 3).put("unanswered", 1),
                    boss.ask("POST", DISCONNECT, "{\"user\":\"c-4\"}").json());
            boss.ask("POST", DISCONNECT, "{\"connection\":\"id\"}");
            assertEquals(
                    403,
                    fixture.api("eve", "customer")
                            .ask("POST", DISCONNECT, "{\"user\":\"c-4\"}")
                            .status());
            ConnectionCommand user = ConnectionCommand.disconnect(null, "c-4", "boss");
            ConnectionCommand one = ConnectionCommand.disconnect("id", null, "boss");
            await().until(() -> acts.size() == 5);
            assertEquals(
                    List.of(
                            "record " + user,
                            "do " + user,
                            "record " + one,
                            "do " + one,
                            "record " + ConnectionCommand.denied("eve", "POST " + DISCONNECT)),
                    acts);
        }
    }

    @Test
    void whatCannotBeRecordedIsNotDone() throws Exception {
        try (ApiFixture fixture = fixture(false)) {
            assertEquals(
                    503,
                    fixture.api("boss", "admin")
                            .ask("POST", DISCONNECT, "{\"user\":\"c-4\"}")
                            .status());
            assertEquals(List.of("record " + ConnectionCommand.disconnect(null, "c-4", "boss")), acts);
        }
    }
}

package io.millrace.api.cluster;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.api.ApiFixture;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.cluster.NodeStatus;
import io.millrace.contracts.cluster.TaskStatus;
import io.millrace.platform.bus.Bus;
import io.millrace.testkit.client.ApiResponse;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What operators are told of nodes and sources. */
@Timeout(60)
class ClusterRouteTest {
    private static final String PACK =
            """
            domain: test
            namespaces: { orders: { stream: orders } }
            types: { "order:created": { namespace: orders } }
            roles:
              admin: { see: ["*"], manage: ["cluster"] }
              operator: { see: ["*"], manage: ["dead-letters", "connections", "revocations"] }
            """;

    private static NodeStatus node(String name, boolean leaving, TaskStatus... sources) {
        return new NodeStatus(
                name,
                "0.1.0",
                1_000_000,
                leaving,
                List.of("sources", "ingest"),
                List.of(new NodeStatus.Problem("kafka", "has not answered for 4 s")),
                List.of(sources),
                List.of(new TaskStatus("feed", "redis", TaskStatus.State.RUNNING, 2, null, 0, null, 0)),
                leaving ? null : List.of(new NodeStatus.Figure("ingest", "accepted", 17)));
    }

    @Test
    void eachSourceIsShownWithTheNodeThatRunsItAndWhatIsWrong() throws Exception {
        try (ApiFixture fixture = new ApiFixture(PACK)) {
            fixture.publish(
                    Addresses.NODES,
                    node(
                            "b/1",
                            false,
                            new TaskStatus("orders", "kafka", TaskStatus.State.WAITING, -1, null, 0, null, 0),
                            new TaskStatus("github", "webhook", TaskStatus.State.RUNNING, -1, null, 0, null, 0)));
            fixture.publish(
                    Addresses.NODES,
                    node(
                            "a/1",
                            false,
                            new TaskStatus(
                                    "orders",
                                    "kafka",
                                    TaskStatus.State.FAILING,
                                    17,
                                    "no such topic",
                                    2_000,
                                    "x",
                                    3_000)));
            await().until(() ->
                    get(fixture, "admin").json().getJsonArray("nodes").size() == 2);
            JsonObject answer = get(fixture, "admin").json();
            assertEquals(
                    new JsonObject(
                            """
                            {"node":"a/1","version":"0.1.0","started":"1970-01-01T00:00:01Z","stages":["sources","ingest"],
                             "problems":[{"part":"kafka","message":"has not answered for 4 s"}],
                             "figures":{"ingest":{"accepted":17}}}
                            """),
                    answer.getJsonArray("nodes").getJsonObject(0));
            assertEquals(
                    new JsonObject(
                            """
                            {"source":"orders","kind":"kafka","state":"failing","nodes":[
                             {"node":"a/1","state":"failing","lag":17,"problem":"no such topic",
                              "lastMessage":"1970-01-01T00:00:02Z",
                              "lastError":{"at":"1970-01-01T00:00:03Z","message":"x"}},
                             {"node":"b/1","state":"waiting"}]}
                            """),
                    answer.getJsonArray("sources").getJsonObject(1));
            assertEquals(
                    new JsonArray(
                            """
                            [{"sink":"feed","kind":"redis","state":"running","nodes":[
                             {"node":"a/1","state":"running","lag":2},{"node":"b/1","state":"running","lag":2}]}]
                            """),
                    answer.getJsonArray("sinks"));

            fixture.publish(Addresses.NODES, node("a/1", true));
            await().until(() ->
                    get(fixture, "admin").json().getJsonArray("nodes").size() == 1);
            assertEquals(
                    "waiting",
                    get(fixture, "admin")
                            .json()
                            .getJsonArray("sources")
                            .getJsonObject(1)
                            .getString("state"));
            ApiResponse refused = get(fixture, "operator");
            assertEquals(403, refused.status());
            assertEquals("permission_denied", refused.json().getString("code"));
            assertEquals(401, fixture.anonymous().get("/api/cluster").status());
        }
    }

    @Test
    void aNodeThatIsSilentForTenSecondsIsGone() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            Bus bus = new Bus(vertx, Duration.ofSeconds(5));
            AtomicLong now = new AtomicLong();
            ClusterNodes nodes = new ClusterNodes(bus, now::get);
            vertx.deployVerticle(nodes)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(10, TimeUnit.SECONDS);
            bus.publish(Addresses.NODES, node("a/1", false));
            await().until(() -> nodes.all().size() == 1);
            now.set(TimeUnit.SECONDS.toNanos(10));
            assertEquals(1, nodes.all().size());
            now.addAndGet(1);
            assertEquals(0, nodes.all().size());
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
        }
    }

    private static ApiResponse get(ApiFixture fixture, String role) {
        return fixture.api("boss", role).get("/api/cluster");
    }
}

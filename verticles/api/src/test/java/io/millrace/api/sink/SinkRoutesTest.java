package io.millrace.api.sink;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.api.ApiFixture;
import io.millrace.api.MalformedRequestsTest;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.cluster.NodeStatus;
import io.millrace.contracts.cluster.TaskStatus;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.sink.SinkCommand;
import io.millrace.contracts.sink.SinkCommandResult;
import io.millrace.contracts.sink.SinkPage;
import io.millrace.contracts.sink.SinkQuery;
import io.millrace.testkit.client.ApiClient;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SinkRoutesTest {
    private static final String NAME = "hooks/erp";

    private final List<SinkQuery> asked = new CopyOnWriteArrayList<>();
    private final List<SinkCommand> ordered = new CopyOnWriteArrayList<>();

    private SinkPage answer(SinkQuery query) {
        asked.add(query);
        if (query.sink() != null && !query.sink().equals(NAME)) {
            return new SinkPage(List.of(), List.of());
        }
        return new SinkPage(
                List.of(new SinkPage.Counts(NAME, 3, 2, "since noon")),
                query.sink() == null
                        ? List.of()
                        : List.of(new SinkPage.Dead(7, "orders", new Position("e1", 5), 4, 1_000, "answered 400")));
    }

    private ApiFixture fixture() throws Exception {
        ApiFixture fixture = new ApiFixture(MalformedRequestsTest.PACK);
        fixture.serve(Addresses.SINKS, query -> Future.succeededFuture(answer(query)));
        fixture.serve(Addresses.SINK_COMMANDS, command -> {
            ordered.add(command);
            return Future.succeededFuture(new SinkCommandResult(5, 3, new Position("e1", 5)));
        });
        return fixture;
    }

    @Test
    void sinksAreListedWithWhatTheyKeep() throws Exception {
        try (ApiFixture fixture = fixture()) {
            fixture.publish(
                    Addresses.NODES,
                    new NodeStatus(
                            "a/1",
                            "0",
                            1,
                            false,
                            List.of("sinks"),
                            List.of(),
                            List.of(),
                            List.of(
                                    new TaskStatus(NAME, "webhook", TaskStatus.State.RUNNING, 2, null, 0, null, 0),
                                    new TaskStatus("new", "redis", TaskStatus.State.STARTING, -1, null, 0, null, 0)),
                            null));
            ApiClient boss = fixture.api("boss", "admin");
            await().until(() ->
                    boss.get("/api/sinks").json().getJsonArray("sinks").size() == 2);
            assertEquals(
                    new JsonObject(
                            """
                            {"sink":"hooks/erp","kind":"webhook","state":"running",
                             "nodes":[{"node":"a/1","state":"running","lag":2}],
                             "waiting":3,"dead":2,"disabled":"since noon"}
                            """),
                    boss.get("/api/sinks").json().getJsonArray("sinks").getJsonObject(0));
        }
    }

    @Test
    void deadEventsComePageByPage() throws Exception {
        try (ApiFixture fixture = fixture()) {
            ApiClient boss = fixture.api("boss", "admin");
            assertEquals(
                    new JsonObject(
                            """
                            {"sink":"hooks/erp","all":2,"dead":[{"id":7,"stream":"orders","position":"e1:5","attempts":4,
                             "since":"1970-01-01T00:00:01Z","error":"answered 400"}],"next":7}
                            """),
                    boss.get("/api/sinks/dead?sink=hooks/erp&limit=1").json());
            assertEquals(
                    200, boss.get("/api/sinks/dead?sink=hooks%2Ferp&after=7").status());
            assertEquals(List.of(new SinkQuery(NAME, 0, 1), new SinkQuery(NAME, 7, 100)), asked);
            assertEquals(404, boss.get("/api/sinks/dead?sink=hooks/epr").status());
        }
    }

    @Test
    void actsAreDoneInTheOperatorsNameAndDeniedOnesRecorded() throws Exception {
        try (ApiFixture fixture = fixture()) {
            ApiClient boss = fixture.api("boss", "admin");
            List<JsonObject> answers = new ArrayList<>();
            answers.add(boss.ask("POST", "/api/sinks/enable", "{\"sink\":\"hooks/erp\"}")
                    .json());
            answers.add(boss.ask("POST", "/api/sinks/redrive", "{\"sink\":\"hooks/erp\",\"ids\":[7]}")
                    .json());
            answers.add(boss.ask(
                            "POST",
                            "/api/sinks/replay",
                            "{\"sink\":\"hooks/erp\",\"stream\":\"orders\",\"position\":\"e1:5\"}")
                    .json());
            boss.ask(
                    "POST",
                    "/api/sinks/replay",
                    "{\"sink\":\"hooks/erp\",\"stream\":\"orders\",\"time\":\"1970-01-01T00:00:01Z\"}");
            assertEquals(
                    List.of(
                            "{\"sink\":\"hooks/erp\",\"wasDisabled\":true}",
                            "{\"sink\":\"hooks/erp\",\"matched\":5,\"redriven\":3,\"remaining\":2}",
                            "{\"sink\":\"hooks/erp\",\"stream\":\"orders\",\"position\":\"e1:5\"}"),
                    answers.stream().map(JsonObject::encode).toList());
            assertEquals(
                    403,
                    fixture.api("eve", "customer")
                            .ask("POST", "/api/sinks/enable", "{\"sink\":\"hooks/erp\"}")
                            .status());
            await().until(() -> ordered.size() == 5);
            assertEquals(
                    List.of(
                            SinkCommand.enable(NAME, "boss"),
                            SinkCommand.redrive(NAME, List.of(7L), "boss"),
                            SinkCommand.replay(NAME, "orders", new Position("e1", 5), 0, "boss"),
                            SinkCommand.replay(NAME, "orders", null, 1_000_000, "boss"),
                            SinkCommand.denied("eve", "POST /api/sinks/enable")),
                    ordered);
        }
    }
}

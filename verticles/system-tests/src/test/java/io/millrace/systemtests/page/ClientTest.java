package io.millrace.systemtests.page;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.OwnServers;
import io.millrace.systemtests.environment.Repository;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.process.MillraceProcess;
import io.millrace.testkit.process.Pipeline;
import io.millrace.testkit.process.Ports;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The JavaScript client in Node against the real server; in a browser it is {@link DashboardTest}'s. */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("ClientTest")
@Order(12)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ClientTest {
    private OwnServers servers;
    private Pipeline pipeline;
    private ApiClient staff;

    @BeforeAll
    void start() {
        servers = new OwnServers("client");
        pipeline = new Pipeline(
                Pipeline.Layout.ONE_PROCESS, Repository.CONF, Repository.OUTPUTS, servers.running(), new Ports());
        staff = pipeline.api("shop", "staff");
    }

    @AfterAll
    void stop() {
        pipeline.close();
        servers.close();
    }

    @Test
    void nothingIsMissedOrDoubledWhenMillraceDies() {
        List<JsonObject> orders = Shop.orders(30);
        MillraceProcess millrace = pipeline.broadcast();
        String before = staff.head(Shop.ORDERS);
        Map<String, NodeProgram> clients = new TreeMap<>();
        try {
            JsonObject options = new JsonObject().put("stream", Shop.ORDERS).put("after", before);
            for (String transport : List.of("websocket", "sse", "poll")) {
                clients.put(transport, follow(options.copy().put("transports", new JsonArray().add(transport))));
            }
            for (String format : List.of("compact", "cbor")) {
                clients.put(
                        "websocket: " + format,
                        follow(options.copy()
                                .put("transports", new JsonArray().add("websocket"))
                                .put("format", format)));
            }
            clients.forEach(ClientTest::awaitLive);
            staff.post(orders.subList(0, 10));
            clients.values()
                    .forEach(client -> await().until(() -> client.events().size() >= 10));

            millrace.kill();
            clients.values()
                    .forEach(client -> await().until(() -> client.state().startsWith("offline")));
            millrace.launch();
            millrace.awaitReady();
            staff.post(orders.subList(10, 20));
            clients.forEach(ClientTest::awaitLive);
            staff.post(orders.subList(20, 30));

            clients.forEach((transport, client) -> {
                await().until(() -> client.events().size() >= 30);
                assertEquals(Shop.ids(orders), client.events(), transport);
                assertEquals(List.of(), client.all("reset", String.class), transport);
            });
        } finally {
            clients.values().forEach(NodeProgram::close);
        }
    }

    @Test
    void whereNoWebSocketGetsThroughItComesByServerSentEvents() {
        List<JsonObject> orders = Shop.orders(5);
        try (NodeProgram client =
                follow(new JsonObject().put("stream", Shop.ORDERS).put("blocked", true))) {
            awaitState(client, "live over sse");
            staff.post(orders);
            await().until(() -> client.events().size() >= 5);
            assertEquals(Shop.ids(orders), client.events());
        }
    }

    @Test
    void inNodeWithoutAWebSocketItComesByServerSentEventsFromAnAddressWithoutAPath() {
        List<JsonObject> orders = Shop.orders(5);
        URI server = pipeline.broadcast().uri("");
        try (NodeProgram client = NodeProgram.followWithoutWebSocket(
                server, pipeline.signer().token("node", "staff"), new JsonObject().put("stream", Shop.ORDERS))) {
            awaitState(client, "live over sse");
            staff.post(orders);
            await().until(() -> client.events().size() >= 5);
            assertEquals(Shop.ids(orders), client.events());
        }
    }

    @Test
    void fortyStreamsAreFollowedAtOnceAndResumed() {
        List<String> guilds = IntStream.range(0, 40)
                .mapToObj(i -> "g".repeat(80) + Shop.unique(i + "-"))
                .toList();
        JsonArray others =
                new JsonArray(guilds.stream().map(guild -> "guild:" + guild).toList());
        String token = pipeline.signer()
                .token("node", new JsonObject().put("guilds", new JsonArray(guilds)), "staff", "moderator");
        List<JsonObject> orders = Shop.orders(10);
        MillraceProcess millrace = pipeline.broadcast();
        Map<String, NodeProgram> clients = new TreeMap<>();
        try {
            for (String transport : List.of("websocket", "sse")) {
                JsonObject options = new JsonObject()
                        .put("stream", Shop.ORDERS)
                        .put("others", others)
                        .put("transports", new JsonArray().add(transport));
                clients.put(transport, NodeProgram.follow(millrace.uri("/api/ws"), token, options));
            }
            clients.forEach((transport, client) -> {
                awaitLive(transport, client);
                assertEquals(
                        40, Set.copyOf(client.all("subscribed", String.class)).size(), transport);
            });
            staff.post(orders.subList(0, 5));
            clients.values()
                    .forEach(client -> await().until(() -> client.events().size() >= 5));
            millrace.kill();
            clients.values()
                    .forEach(client -> await().until(() -> client.state().startsWith("offline")));
            millrace.launch();
            millrace.awaitReady();
            staff.post(orders.subList(5, 10));
            clients.forEach((transport, client) -> {
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> client.events().size() >= 10);
                assertEquals(Shop.ids(orders), client.events(), transport);
            });
        } finally {
            clients.values().forEach(NodeProgram::close);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"websocket", "sse", "poll"})
    void anEventThatIsTooLargeIsRefusedAloneAndTheNextIsPublished(String transport) {
        List<JsonObject> orders = Shop.orders(3);
        orders.get(1).getJsonObject("data").put("remarks", "é".repeat(800_000));
        try (NodeProgram client =
                follow(new JsonObject().put("stream", Shop.ORDERS).put("transports", new JsonArray().add(transport)))) {
            awaitState(client, "live over " + transport);
            orders.forEach(order -> client.tell("publish", order));
            await().until(() -> client.all("answer", JsonObject.class).size() == 2);
            assertEquals(List.of("too_large"), client.all("refused", String.class));
            await().until(() -> client.events().size() == 2);
            assertEquals("live over " + transport, client.state());
        }
    }

    @Test
    void whatWasPublishedWhileMillraceWasAwayArrivesOnceAndInOrder() {
        MillraceProcess millrace = pipeline.broadcast();
        String before = staff.head(Shop.ORDERS);
        List<JsonObject> orders = Shop.orders(8);
        try (NodeProgram client = follow(new JsonObject().put("stream", Shop.ORDERS))) {
            awaitState(client, "live over websocket");
            client.tell("publish", orders.get(0));
            await().until(() -> client.all("answer", JsonObject.class).size() == 1);

            millrace.kill();
            orders.subList(1, 8).forEach(order -> client.tell("publish", order));
            await().until(() -> client.state().startsWith("offline"));
            millrace.launch();
            millrace.awaitReady();

            await().atMost(Duration.ofSeconds(30))
                    .until(() -> client.all("answer", JsonObject.class).size() == 8);
            assertEquals(Shop.ids(orders), Shop.eventIds(staff.historyAfter(Shop.ORDERS, before)));
            assertEquals(List.of(), client.all("refused", String.class));
        }
    }

    @Test
    void aFilterIsReplacedLiveAndWhatItLeavesOutNeverComes() {
        JsonObject french = new JsonObject().put("data.country", "FR");
        JsonObject dear = new JsonObject().put("data.total", new JsonObject().put("gte", 100));
        try (NodeProgram client =
                follow(new JsonObject().put("stream", Shop.ORDERS).put("filter", french))) {
            awaitState(client, "live over websocket");
            String one = post("FR", 5);
            post("DE", 500);
            await().until(() -> client.events().equals(List.of(one)));

            client.tell("replace", new JsonObject().put("filter", dear));
            List<String> seen = new ArrayList<>(List.of(one));
            // Until the server has it, the filter before holds.
            await().until(() -> {
                seen.add(post("DE", 500));
                return client.events().size() > 1;
            });
            post("FR", 5);
            String last = post("DE", 100);
            await().until(() -> client.events().contains(last));
            assertTrue(
                    seen.containsAll(client.events().subList(0, client.events().size() - 1)));
        }
    }

    private String post(String country, int total) {
        JsonObject order = Shop.order();
        order.getJsonObject("data").put("country", country).put("total", total);
        staff.post(order);
        return order.getString("id");
    }

    @Test
    void entitiesAreLoadedAndKeptAsTheServerHasThem() {
        JsonObject order = Shop.order();
        String orderId = order.getJsonObject("data").getString("orderId");
        staff.post(order);
        try (NodeProgram client = follow(
                new JsonObject().put("stream", Shop.ORDERS).put("state", true).put("delta", true))) {
            awaitState(client, "live over websocket");
            assertTrue(client.all("loaded", Integer.class).get(0) > 0);
            JsonObject change = new JsonObject()
                    .put("orderId", orderId)
                    .put("newStatus", "sent")
                    .put("status", "sent");
            staff.post(ApiClient.event(Shop.unique("e"), "order:status_changed", change));

            await().until(() -> !client.all("entity", JsonObject.class).isEmpty());
            JsonObject entity = client.all("entity", JsonObject.class).get(0);
            JsonObject there =
                    staff.entity("order", orderId, "Cache-Control", "no-cache").json();
            assertEquals(there.getJsonObject("state"), entity.getJsonObject("state"));
            assertEquals(there.getInteger("version"), entity.getInteger("version"));
        }
    }

    @Test
    void aSubscriberIsPresent() {
        String guild = Shop.unique("guild");
        JsonObject claims = new JsonObject().put("guilds", guild);
        String token = pipeline.signer().token("node", claims, "member");
        String stream = "guild:" + guild;
        try (NodeProgram client = NodeProgram.follow(
                pipeline.broadcast().uri("/api/ws"), token, new JsonObject().put("stream", stream))) {
            awaitState(client, "live over websocket");
            await().until(() -> {
                client.tell("presence", stream);
                return client.all("presence", JsonObject.class).stream()
                        .flatMap(presence -> presence.getJsonArray("users").stream())
                        .anyMatch(user -> "node".equals(((JsonObject) user).getString("user")));
            });
        }
    }

    private NodeProgram follow(JsonObject options) {
        String token = pipeline.signer().token("node", "staff");
        return NodeProgram.follow(pipeline.broadcast().uri("/api/ws"), token, options);
    }

    private static void awaitLive(String transport, NodeProgram client) {
        awaitState(client, "live over " + transport.split(":", 2)[0]);
    }

    private static void awaitState(NodeProgram client, String state) {
        await().atMost(Duration.ofSeconds(30)).until(() -> client.state().equals(state));
    }
}

package io.millrace.broadcast;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.journey.Deliveries;
import io.millrace.contracts.journey.Deliveries.DeliveryStatus;
import io.millrace.contracts.journey.DeliveryQuery;
import io.millrace.testkit.client.SocketClient;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Presence, the trace of a delivery, and tickets. */
@Timeout(60)
class RecipientsTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final BroadcastFixture front = new BroadcastFixture("presence.linger", "200ms");

    RecipientsTest() throws Exception {}

    @AfterEach
    void end() {
        front.close();
    }

    @Test
    void aTicketOpensOneConnection() throws Exception {
        JsonObject given = new JsonObject(send(request("/api/tickets")
                        .header("Authorization", "Bearer " + front.token("s-1", "staff"))
                        .POST(HttpRequest.BodyPublishers.noBody()))
                .body());
        assertEquals(30, given.getInteger("expiresIn"));
        String path = "/api/poll?stream=orders&ticket=" + given.getString("ticket");
        assertEquals(200, send(request(path)).statusCode());
        HttpResponse<String> again = send(request(path));
        assertEquals(401, again.statusCode());
        assertEquals("unauthenticated", new JsonObject(again.body()).getString("code"));
    }

    @Test
    void aTicketNeedsAToken() throws Exception {
        assertEquals(
                401,
                send(request("/api/tickets").POST(HttpRequest.BodyPublishers.noBody()))
                        .statusCode());
        assertEquals(
                401, send(request("/api/poll?stream=orders&ticket=nobody.x")).statusCode());
    }

    @Test
    void aPollThatIsAnsweredIsOver() throws Exception {
        front.store.commit(3);
        String token = "Bearer " + front.token("s-1", "staff");
        for (String after : List.of("k1:1", "k1:3")) {
            HttpResponse<String> answer = send(
                    request("/api/poll?stream=orders&wait=0&after=" + after).header("Authorization", token));
            assertEquals("k1:3", new JsonObject(answer.body()).getString("next"), answer::body);
        }
        await().until(() -> front.gauge("millrace.broadcast.connections") == 0);
    }

    @Test
    void joinsAndLeavesAreReportedOnceAndListed() {
        try (SocketClient watcher = front.connect("s-1", "staff")) {
            watcher.subscribe("room:7");
            SocketClient one = front.connect("anna", "staff");
            SocketClient other = front.connect("anna", "staff");
            one.subscribe("room:7");
            other.subscribe("room:7");
            await().until(() -> told(watcher, "room:joined").contains("anna"));
            watcher.send("{\"type\":\"presence\",\"id\":9,\"stream\":\"room:7\"}");
            await().until(() -> watcher.last("presence") != null);
            JsonObject presence = Objects.requireNonNull(watcher.last("presence"));
            assertEquals(2, presence.getInteger("count"));
            assertEquals(
                    2, presence.getJsonArray("users").getJsonObject(0).getInteger("connections"), presence::encode);
            one.close();
            other.close();
            await().until(() -> told(watcher, "room:left").equals(List.of("anna")));
            assertEquals(
                    1,
                    told(watcher, "room:joined").stream().filter("anna"::equals).count());
        }
    }

    @Test
    void aUserWhoIsBackAtOnceNeverLeft() {
        try (SocketClient watcher = front.connect("s-1", "staff")) {
            watcher.subscribe("room:7");
            try (SocketClient anna = front.connect("anna", "staff")) {
                anna.subscribe("room:7");
                await().until(() -> told(watcher, "room:joined").contains("anna"));
                anna.drop();
                anna.resume(front.uri);
            }
            await().until(() -> told(watcher, "room:left").contains("anna"));
            assertEquals(
                    1,
                    told(watcher, "room:joined").stream().filter("anna"::equals).count());
        }
    }

    @Test
    void thePresenceOfAStreamWithoutPresenceIsRefused() {
        try (SocketClient staff = front.connect("s-1", "staff")) {
            staff.send("{\"type\":\"presence\",\"id\":9,\"stream\":\"orders\"}");
            await().until(() -> staff.last("error") != null);
            assertNull(staff.last("presence"));
        }
    }

    @Test
    void theJourneyEndsAtEachConnection() throws Exception {
        try (SocketClient staff = front.connect("s-1", "staff");
                SocketClient filtering = front.connect("s-2", "staff");
                SocketClient bert = front.connect("bert", "customer");
                SocketClient idle = front.connect("s-3", "staff")) {
            staff.subscribe(StreamStore.STREAM);
            filtering.send("{\"type\":\"subscribe\",\"stream\":\"orders\",\"filter\":{\"data.total\":{\"gt\":5}}}");
            await().until(() -> filtering.last("subscribed") != null || filtering.isOpen());
            bert.subscribe(StreamStore.STREAM);
            front.store.change("o-1", "{\"total\":3}");
            await().until(() -> staff.log(StreamStore.STREAM).ids().size() == 1);
            assertEquals(DeliveryStatus.DELIVERED, status("s-1"));
            assertEquals(DeliveryStatus.FILTERED, status("s-2"));
            assertEquals(DeliveryStatus.NOT_PERMITTED, status("bert"));
            assertEquals(DeliveryStatus.NOT_SUBSCRIBED, status("s-3"));
            assertEquals(DeliveryStatus.NOT_CONNECTED, status("nobody"));
            assertEquals(true, idle.isOpen());
        }
    }

    private DeliveryStatus status(String user) throws Exception {
        DeliveryQuery query =
                new DeliveryQuery(front.store.last().event().envelope(), new Position("k1", 1), user, null);
        Deliveries found = BroadcastFixture.done(front.bus.request(Addresses.DELIVERY, query));
        return found.deliveries().get(0).status();
    }

    private static List<String> told(SocketClient client, String type) {
        return client.log("room:7").messages().stream()
                .map(message -> message.getJsonObject("data"))
                .filter(data -> type.equals(data.getString("type")))
                .map(data -> data.getJsonObject("data").getString("userId"))
                .toList();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://" + front.uri.getAuthority() + path));
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}

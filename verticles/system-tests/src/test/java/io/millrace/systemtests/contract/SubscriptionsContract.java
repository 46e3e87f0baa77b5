package io.millrace.systemtests.contract;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.KafkaAccess;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.millrace.testkit.format.CompactMessages;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The WebSocket: who gets what, in which order, and what happens to those who go and come back. */
interface SubscriptionsContract {
    Pipeline pipeline();

    private URI socketUri() {
        return pipeline().broadcast().uri("/api/ws");
    }

    @Test
    default void aSubscriberGetsEveryEventInOrderWithoutAGap() {
        ApiClient staff = pipeline().api("shop", "staff");
        List<JsonObject> orders = Shop.orders(300);
        try (SocketClient client = pipeline().socket("s-1", "staff")) {
            StreamLog log = client.subscribe(Shop.ORDERS);
            for (int i = 0; i < 20; i++) {
                staff.post(orders.get(i));
            }
            staff.post(orders.subList(20, 300));

            await().until(() -> log.ids().size() >= orders.size());
            assertEquals(Shop.ids(orders), log.ids());
            assertEquals(List.of(), log.faults());
            assertEquals(staff.head(Shop.ORDERS), log.position());
            JsonObject message = log.messages().get(0);
            assertEquals("update", message.getString("type"));
            assertEquals("high", message.getString("priority"));
            assertEquals("s-1", client.last("welcome").getString("user"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"millrace", CompactMessages.COMPACT, CompactMessages.CBOR})
    default void aClientThatReconnectsContinuesAtItsPosition(String form) {
        ApiClient staff = pipeline().api("shop", "staff");
        List<JsonObject> orders = Shop.orders(30);
        String token = pipeline().signer().token("s-1", "staff");
        try (SocketClient client = SocketClient.openAs(form, socketUri(), token)) {
            StreamLog log = client.subscribe(Shop.ORDERS);
            staff.post(orders.subList(0, 10));
            await().until(() -> log.ids().size() == 10);

            client.drop();
            staff.post(orders.subList(10, 20));
            client.resume(socketUri());
            assertTrue(log.recovered());
            staff.post(orders.subList(20, 30));

            await().until(() -> log.ids().size() >= 30);
            assertEquals(Shop.ids(orders), log.ids());
            assertEquals(List.of(), log.faults());
        }
    }

    @Test
    default void aCustomerSeesTheirOwnOrdersAndCanTellNothingOfOthers() {
        ApiClient staff = pipeline().api("shop", "staff");
        String customer = Shop.unique("c");
        List<String> own = new ArrayList<>();
        try (SocketClient client = pipeline().socket(customer, "customer")) {
            StreamLog log = client.subscribe(Shop.ORDERS);
            publish(staff, customer, own);
            await().until(() -> log.ids().size() >= own.size());

            client.drop();
            publish(staff, customer, own);
            client.resume(socketUri());
            publish(staff, customer, own);

            await().until(() -> log.ids().size() >= own.size());
            assertEquals(own, log.ids());
            assertEquals(List.of(), log.faults());
            Stream<String> positions = log.messages().stream().map(message -> message.getString("position"));
            assertTrue(positions.allMatch(position -> position.startsWith("s.")));
            ApiClient asCustomer = pipeline().api(customer, "customer");
            String first = log.messages().get(0).getString("position");
            assertEquals(own.subList(1, own.size()), Shop.eventIds(asCustomer.historyAfter(Shop.ORDERS, first)));
        }
    }

    /** Five orders of theirs among fifteen. */
    private static void publish(ApiClient staff, String customer, List<String> own) {
        List<JsonObject> orders = new ArrayList<>();
        for (int i = 0; i < 15; i++) {
            JsonObject order = Shop.order(Shop.unique("o"), i % 3 == 0 ? customer : "c-somebody-else");
            orders.add(order);
            if (i % 3 == 0) {
                own.add(order.getString("id"));
            }
        }
        staff.post(orders);
    }

    @Test
    default void thePublicMayNotFollowOrders() {
        try (SocketClient client = SocketClient.open(socketUri(), null)) {
            client.send("{\"type\":\"subscribe\",\"id\":7,\"stream\":\"orders\"}");
            client.send("{\"type\":\"subscribe\",\"id\":8,\"stream\":\"no-such-stream\"}");
            await().until(() -> client.others().size() >= 3);

            assertEquals("public", client.last("welcome").getJsonArray("roles").getString(0));
            JsonObject refused = client.others().get(1);
            assertEquals("permission_denied", refused.getString("code"));
            assertEquals(7, refused.getInteger("id"));
            assertEquals("permission_denied", client.last("error").getString("code"));
            assertTrue(client.isOpen());
        }
    }

    @Test
    default void aTransientEventReachesPresentSubscribersAndIsNotStored() {
        ApiClient staff = pipeline().api("shop", "staff");
        try (SocketClient client = pipeline().socket("s-1", "staff")) {
            StreamLog log = client.subscribe(Shop.CUSTOMERS);
            String head = staff.head(Shop.CUSTOMERS);
            long queued = KafkaAccess.eventsEverQueued(pipeline().backends().kafkaBootstrap());
            List<JsonObject> viewings = List.of(Shop.viewing(), Shop.viewing(), Shop.viewing());

            var answer = staff.post(viewings);

            assertEquals(207, answer.status(), answer::toString);
            List<String> ids = Shop.ids(viewings);
            await().until(() -> log.ids().containsAll(ids));
            // Customers of earlier tests may just have been found to be gone, which is told on this stream too.
            List<JsonObject> received = log.messages().stream()
                    .filter(message ->
                            ids.contains(Shop.eventIds(List.of(message)).get(0)))
                    .toList();
            assertEquals(ids, Shop.eventIds(received));
            assertNull(received.get(0).getString("position"));
            assertEquals("tick", received.get(0).getString("type"));
            assertEquals(head, staff.head(Shop.CUSTOMERS));
            assertEquals(
                    queued, KafkaAccess.eventsEverQueued(pipeline().backends().kafkaBootstrap()));
        }
    }

    @Test
    default void repeatedUnreadableMessagesAreAnsweredAndThenEndTheConnection() {
        try (SocketClient client = pipeline().socket("s-1", "staff")) {
            client.send("{\"type\":\"ping\"}");
            await().until(() -> client.last("pong") != null);
            client.send("not json");
            client.send("{\"type\":\"dance\",\"id\":\"d\"}");
            await().until(() -> client.last("error") != null
                    && "d".equals(client.last("error").getString("id")));
            assertEquals("bad_message", client.last("error").getString("code"));
            assertTrue(client.isOpen());

            client.send("[");

            assertEquals(4400, client.closeCode());
        }
    }
}

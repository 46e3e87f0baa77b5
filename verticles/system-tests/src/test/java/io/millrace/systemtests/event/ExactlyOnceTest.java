package io.millrace.systemtests.event;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.event.Event;
import io.millrace.contracts.wire.Codecs;
import io.millrace.systemtests.contract.BusProgram;
import io.millrace.systemtests.environment.KafkaAccess;
import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.process.MetricsReader;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** The same event a hundred times at once: over HTTP, over the bus, and as records of the durable queue. */
@Order(22)
@OnPipeline(Pipeline.Layout.FOUR_PROCESSES)
final class ExactlyOnceTest {
    private static final int OVER_HTTP = 34;
    private static final int ON_THE_BUS = 33;
    private static final int IN_THE_QUEUE = 33;

    private final Pipeline pipeline;
    private final ApiClient shop;
    private final ApiClient admin;
    private final String token;
    private final MetricsReader queue;

    ExactlyOnceTest(Pipeline pipeline) {
        this.pipeline = pipeline;
        this.shop = pipeline.api("shop", "manager");
        this.admin = pipeline.api("op", "admin");
        this.token = pipeline.signer().token("shop", "manager");
        this.queue = new MetricsReader(pipeline.processes().get(1));
    }

    /** What one of them was told. */
    private record Told(String id, String status, String position) {
        static Told of(JsonObject answer) {
            return new Told(
                    answer.getString("id"),
                    answer.getString("code", answer.getString("status")),
                    answer.getString("position"));
        }
    }

    @Test
    void theSameEventAHundredTimesAtOnceByThreeWaysIsOneRowAndOneAnswer() {
        String before = shop.head(Shop.INVENTORY);
        JsonObject event = urgentStock();
        double settled = settled();

        List<Told> told = atOnce(List.of(event), recordsOf(event));

        await().atMost(Duration.ofSeconds(30)).until(() -> settled() >= settled + IN_THE_QUEUE);
        List<JsonObject> rows = rows(event, before);
        assertEquals(1, rows.size());
        assertEquals(OVER_HTTP + ON_THE_BUS, told.size());
        assertEquals(Set.of(rows.get(0).getString("position")), each(told, Told::position));
        assertEquals(Set.of(event.getString("id")), each(told, Told::id));
        assertTrue(
                Set.of("committed", "duplicate").containsAll(each(told, Told::status)),
                () -> each(told, Told::status).toString());
        assertTrue(told.stream().filter(one -> one.status.equals("committed")).count() <= 1);
        assertEquals(1, stockOf(event).getInteger("version"));
    }

    @Test
    void ofTwoEventsWithOneIdTheFirstIsKeptAndTheOtherIsAConflictOnEveryPath() {
        String before = shop.head(Shop.INVENTORY);
        JsonObject one = urgentStock();
        JsonObject other = one.copy();
        other.getJsonObject("data").put("difference", -2);
        List<byte[]> records = new ArrayList<>(recordsOf(one).subList(0, 5));
        records.addAll(recordsOf(other).subList(0, 5));

        List<Told> told = atOnce(List.of(one, other), records);

        List<JsonObject> rows = rows(one, before);
        assertEquals(1, rows.size());
        Object first = rows.get(0).getJsonObject("data").getJsonObject("data").getValue("difference");
        assertEquals(first, stockOf(one).getJsonObject("state").getValue("difference"));
        Set<String> statuses = each(told, Told::status);
        assertTrue(statuses.contains("id_conflict"), statuses::toString);
        assertTrue(Set.of("committed", "duplicate", "id_conflict").containsAll(statuses), statuses::toString);
        // The two went in turn over HTTP, and in turn on the bus, which has one more of the first.
        long refused = told.stream()
                .filter(answer -> answer.status.equals("id_conflict"))
                .count();
        assertTrue(refused == 33 || refused == 34, () -> "refused: " + refused);
        await().atMost(Duration.ofSeconds(30)).until(() -> letters(one) == 5);
        assertEquals(
                "id_conflict", DeadLettersView.await(admin, one.getString("id")).getString("reason"));
        assertEquals(1, rows(one, before).size());
        assertEquals(1, stockOf(one).getInteger("version"));
    }

    private static JsonObject urgentStock() {
        return Shop.stock().put("metadata", new JsonObject().put("priority", "high"));
    }

    /** As the router would have written it, often. */
    private List<byte[]> recordsOf(JsonObject event) {
        JsonObject ordinary = Shop.stock();
        shop.post(ordinary);
        Event like = KafkaAccess.event(pipeline.backends().kafkaBootstrap(), ordinary.getString("id"));
        byte[] record = Codecs.EVENT.encode(Event.builder(event.getString("id"), like.type(), like.source())
                .timeMicros(like.timeMicros())
                .priority(like.priority())
                .data(event.getJsonObject("data").encode().getBytes(StandardCharsets.UTF_8))
                .metadata(like.metadata())
                .expiresAtMicros(like.expiresAtMicros())
                .expectedVersion(like.expectedVersion())
                .target(like.target())
                .exclude(like.exclude())
                .stream(like.stream())
                .owner(like.owner())
                .entity(new io.millrace.contracts.event.EntityRef(
                        "stock", like.stream(), event.getJsonObject("data").getString("productId")))
                .publisher(like.publisher())
                .acceptedAtMicros(like.acceptedAtMicros())
                .build());
        List<byte[]> records = new ArrayList<>();
        for (int i = 0; i < IN_THE_QUEUE; i++) {
            records.add(record);
        }
        return records;
    }

    /** The events in turn by the two direct ways, and the records. */
    private List<Told> atOnce(List<JsonObject> events, List<byte[]> records) {
        try (BusProgram program = BusProgram.join(pipeline)) {
            // Joined is one thing, to have found the address another.
            program.ask(token, Shop.order());
            List<CompletableFuture<Told>> answers = new ArrayList<>();
            CompletableFuture<Void> queued = CompletableFuture.runAsync(
                    () -> KafkaAccess.send(pipeline.backends().kafkaBootstrap(), Shop.INVENTORY, records));
            for (int i = 0; i < OVER_HTTP; i++) {
                answers.add(shop.postLater(events.get(i % events.size())).thenApply(answer -> Told.of(answer.json())));
            }
            for (int i = 0; i < ON_THE_BUS; i++) {
                answers.add(program.askLater(token, events.get(i % events.size()))
                        .map(reply -> Told.of((JsonObject) reply))
                        .otherwise(ExactlyOnceTest::refused)
                        .toCompletionStage()
                        .toCompletableFuture());
            }
            queued.join();
            return answers.stream().map(CompletableFuture::join).toList();
        }
    }

    private static Told refused(Throwable error) {
        String message = ((ReplyException) error).getMessage();
        return new Told(null, message.substring(0, message.indexOf(':')), null);
    }

    private List<JsonObject> rows(JsonObject event, String after) {
        return shop.historyAfter(Shop.INVENTORY, after).stream()
                .filter(row -> row.getJsonObject("data").getString("id").equals(event.getString("id")))
                .toList();
    }

    private long letters(JsonObject event) {
        return DeadLettersView.found(admin, "?limit=500").stream()
                .filter(letter -> event.getString("id").equals(letter.getString("eventId")))
                .count();
    }

    private JsonObject stockOf(JsonObject event) {
        return shop.entity("stock", event.getJsonObject("data").getString("productId"), "Cache-Control", "no-cache")
                .json();
    }

    private double settled() {
        return queue.sum("millrace_queue_events_total{outcome=\"committed\"");
    }

    private static Set<String> each(List<Told> told, java.util.function.Function<Told, String> what) {
        return told.stream().map(what).collect(Collectors.toSet());
    }
}

package io.millrace.systemtests.event;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.Shop;
import io.millrace.systemtests.load.PaymentLoad;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.millrace.testkit.client.Transport;
import io.millrace.testkit.client.TransportListener;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The largest events there may be, written and read by every transport, beside other people's urgent events, in a heap of
 * 256 MiB. It prints what that does to the others' p99 and doesn't assert it: on two cores it was 6 times what it is alone.
 */
@Tag("long")
@Order(13)
@OnPipeline(Pipeline.Layout.ONE_PROCESS)
final class LargestEventsTest {
    private static final int EVENTS = 200;
    /** What the envelope takes is less than the rest. */
    private static final int BYTES = 255 << 10;

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final List<Transport> WAYS = List.of(Transport.WEBSOCKET, Transport.SSE, Transport.SOCKJS_XHR);

    private final Pipeline pipeline;
    private final ApiClient staff;

    LargestEventsTest(Pipeline pipeline) {
        this.pipeline = pipeline;
        this.staff = pipeline.api("shop", "staff");
    }

    @Test
    void theLargestEventsAreWrittenAndReadInEveryWayAndNoOtherRequestIsRefused() {
        String before = staff.head(Shop.ORDERS);
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < EVENTS; i++) {
            ids.add(Shop.unique("large"));
        }
        try (PaymentLoad others = new PaymentLoad(pipeline)) {
            others.awaitMore(500);
            long alone = others.p99Of(() -> others.awaitMore(1_000));
            long written = others.p99Of(() -> {
                List<TransportListener> live = listen(null);
                ids.forEach(this::post);
                awaitAll(live, ids);
            });
            long read = others.p99Of(() -> {
                var history = CompletableFuture.supplyAsync(() -> staff.historyAfter(Shop.ORDERS, before));
                awaitAll(listen(before), ids);
                assertEquals(ids, Shop.eventIds(history.join()));
            });
            System.out.printf("others' p99: alone %d µs, written %d µs, read %d µs%n", alone, written, read);
            assertEquals(List.of(), others.refusals());
        }
    }

    private void post(String id) {
        JsonObject order = Shop.order().put("id", id);
        order.getJsonObject("data").put("remarks", "x".repeat(BYTES));
        // Who sends so much may be told to come back.
        await().atMost(PATIENCE).until(() -> {
            ApiResponse answer = staff.post(order);
            assertTrue(Set.of(200, 201, 503).contains(answer.status()), answer::body);
            return answer.status() != 503;
        });
    }

    private List<TransportListener> listen(String after) {
        JsonObject options = new JsonObject().put("stream", Shop.ORDERS);
        List<TransportListener> all = WAYS.stream()
                .map(way -> way.open(
                        pipeline.broadcast().uri("/api/ws"),
                        pipeline.signer().token("s-1", "staff"),
                        after == null ? options : options.copy().put("after", after)))
                .toList();
        await().atMost(PATIENCE).until(() -> all.stream().allMatch(one -> one.first("subscribed") != null));
        return all;
    }

    private static void awaitAll(List<TransportListener> listeners, List<String> ids) {
        for (TransportListener listener : listeners) {
            await().atMost(PATIENCE).until(() -> listener.eventCount() >= ids.size() || listener.hasEnded());
            assertEquals(ids, Shop.eventIds(listener.events()), () -> "ended with " + listener.endCode());
            listener.close();
        }
    }
}

package io.millrace.systemtests.load;

import static org.awaitility.Awaitility.await;

import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Urgent events at a steady rate on a stream of their own, and how long each takes to a subscriber. Safe from any thread. */
public final class PaymentLoad implements AutoCloseable {
    private static final int PER_SECOND = 200;

    private final ApiClient api;
    private final Map<String, Long> sentAt = new ConcurrentHashMap<>();
    private final Queue<Long> micros = new ConcurrentLinkedQueue<>();
    private final Queue<String> refusals = new ConcurrentLinkedQueue<>();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private final WebSocket socket;

    public PaymentLoad(Pipeline pipeline) {
        this.api = pipeline.api("till", "manager");
        String uri = pipeline.broadcast().uri("/api/ws").toString().replaceFirst("^http", "ws");
        this.socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .header("Authorization", "Bearer " + pipeline.signer().token("till", "manager"))
                .buildAsync(URI.create(uri), new Reader())
                .join();
        socket.sendText("{\"type\":\"subscribe\",\"stream\":\"payments\"}", true)
                .join();
        var unused = clock.scheduleAtFixedRate(this::post, 0, 1_000_000 / PER_SECOND, TimeUnit.MICROSECONDS);
    }

    private void post() {
        String id = Shop.unique("pay");
        JsonObject payment =
                new JsonObject().put("paymentId", id).put("orderId", "o-1").put("amount", 12.5);
        sentAt.put(id, System.nanoTime());
        var unused = api.postLater(ApiClient.event(id, "payment:received", payment))
                .whenComplete((answer, failed) -> {
                    if (failed != null || answer.status() != 201) {
                        refusals.add(id + ": " + (failed == null ? answer : failed));
                    }
                });
    }

    /** Returns when so many more have arrived. */
    public void awaitMore(int events) {
        int enough = micros.size() + events;
        await().atMost(Duration.ofSeconds(60)).until(() -> micros.size() >= enough);
    }

    /** How long it took all but one of a hundred of those that arrived meanwhile, in microseconds. */
    public long p99Of(Runnable work) {
        int from = micros.size();
        work.run();
        List<Long> times = micros.stream().skip(from).sorted().toList();
        return times.get(times.size() * 99 / 100);
    }

    public List<String> refusals() {
        return List.copyOf(refusals);
    }

    @Override
    public void close() {
        clock.shutdownNow();
        socket.abort();
    }

    private final class Reader implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
            text.append(part);
            if (last) {
                long now = System.nanoTime();
                text.toString().lines().map(JsonObject::new).forEach(message -> arrived(message, now));
                text.setLength(0);
            }
            from.request(1);
            return null;
        }

        private void arrived(JsonObject message, long now) {
            JsonObject data = message.getJsonObject("data");
            Long sent = data == null ? null : sentAt.remove(data.getString("id", ""));
            if (sent != null) {
                micros.add(TimeUnit.NANOSECONDS.toMicros(now - sent));
            }
        }
    }
}

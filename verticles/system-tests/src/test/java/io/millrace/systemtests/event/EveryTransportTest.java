package io.millrace.systemtests.event;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.Shop;
import io.millrace.systemtests.load.SteadyLoad;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.Transport;
import io.millrace.testkit.client.TransportListener;
import io.millrace.testkit.process.MillraceProcess;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** Two nodes that serve clients: when one goes, whoever listens to it, in whatever way, goes on at the other. */
@Order(22)
@OnPipeline(Pipeline.Layout.FOUR_PROCESSES)
final class EveryTransportTest {
    private static final Duration RETURN = Duration.ofSeconds(60);
    private static final int RATE = 20;

    private final Pipeline pipeline;

    EveryTransportTest(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    @Test
    void noSubscriberMissesAnEventWhenItsNodeIsKilled() {
        goOnAfter(MillraceProcess::kill);
    }

    @Test
    void noSubscriberMissesAnEventWhenItsNodeDrains() {
        goOnAfter(MillraceProcess::terminate);
    }

    private void goOnAfter(Consumer<MillraceProcess> end) {
        ApiClient staff = pipeline.api("shop", "staff");
        staff.post(Shop.order());
        MillraceProcess leaving = pipeline.add("broadcast").get(0);
        String token = pipeline.signer().token("s-1", "staff");
        URI[] there = {leaving.uri("/api/ws")};
        List<Follower> all = Arrays.stream(Transport.values())
                .map(transport -> new Follower(transport, token, () -> there[0]))
                .toList();
        try (SteadyLoad load = SteadyLoad.start(staff, RATE)) {
            await().atMost(RETURN).until(() -> all.stream().allMatch(Follower::hasEvents));
            there[0] = pipeline.broadcast().uri("/api/ws");
            end.accept(leaving);
            load.awaitMore(3 * RATE);
            load.stop();
            long head = offset(staff.head(Shop.ORDERS));
            await().atMost(RETURN).until(() -> all.stream().allMatch(one -> one.isAt(head)));
            for (Follower one : all) {
                List<Long> offsets = one.offsets();
                assertEquals(
                        LongStream.rangeClosed(offsets.get(0), head).boxed().toList(), offsets, one.transport.name());
            }
        } finally {
            all.forEach(Follower::close);
            leaving.close();
        }
    }

    private static long offset(String position) {
        return Long.parseLong(position.substring(position.indexOf(':') + 1));
    }

    /** A client that comes back, with its last position, when it was cut. */
    private static final class Follower implements AutoCloseable {
        private final Transport transport;
        private final String token;
        private final Supplier<URI> front;
        private List<JsonObject> events = List.of();
        private TransportListener now;

        Follower(Transport transport, String token, Supplier<URI> front) {
            this.transport = transport;
            this.token = token;
            this.front = front;
            this.now = transport.open(front.get(), token, new JsonObject().put("stream", Shop.ORDERS));
        }

        boolean hasEvents() {
            return !offsets().isEmpty();
        }

        boolean isAt(long head) {
            List<Long> offsets = offsets();
            if (now.hasEnded()) {
                events = Stream.concat(events.stream(), now.events().stream()).toList();
                now.close();
                JsonObject options = new JsonObject().put("stream", Shop.ORDERS);
                if (!events.isEmpty()) {
                    options.put("after", events.get(events.size() - 1).getString("position"));
                }
                now = transport.open(front.get(), token, options);
            }
            return !offsets.isEmpty() && offsets.get(offsets.size() - 1) >= head;
        }

        List<Long> offsets() {
            return Stream.concat(events.stream(), now.events().stream())
                    .map(event -> offset(event.getString("position")))
                    .toList();
        }

        @Override
        public void close() {
            now.close();
        }
    }
}

package io.millrace.broadcast;

import static io.millrace.broadcast.StreamStore.STREAM;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vertx.core.http.WebSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/** What a client costs that doesn't read. */
@Timeout(60)
@Isolated("it counts the bytes of frames in the whole JVM")
class SlowClientMemoryTest {
    private static final int EVENTS = 1_500;

    @Test
    void aClientThatDoesNotReadCostsNoMemoryAndContinuesWithoutAGap() throws Exception {
        try (BroadcastFixture front =
                        new BroadcastFixture("buffer.max", "64KiB", "recent.events", "50", "slow.timeout", "60s");
                SocketClient quick = front.connect("s-1", "staff")) {
            StreamLog all = quick.subscribe(STREAM);
            List<String> slow = new CopyOnWriteArrayList<>();
            WebSocket socket = LimitsTest.subscribe(front, slow);
            front.store.commit(1);
            await().until(() -> slow.size() == 1);
            socket.pause();
            // Classes before this one may have left some.
            long before = UnpooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
            long most = before;
            for (int i = 1; i < EVENTS; i++) {
                front.store.commit("nobody", LimitsTest.EVENT_BYTES);
                if (i % 50 == 0) {
                    // The quick client keeps up, so the remaining frames are the slow client's.
                    int sent = i;
                    await().pollInterval(Duration.ofMillis(2))
                            .until(() -> all.ids().size() >= sent);
                }
                most = Math.max(most, UnpooledByteBufAllocator.DEFAULT.metric().usedDirectMemory());
            }
            await().until(() -> all.ids().size() == EVENTS);
            assertTrue(front.counter("millrace.broadcast.slow.consumers") >= 1);
            assertTrue(slow.size() < EVENTS, "it has read everything, so it was never slow");
            // Of 30 MB that it didn't read, what the buffer may hold, and what was on its way to the quick one.
            assertTrue(most - before < 4 << 20, "bytes of frames: " + before + " before, then " + most);
            socket.resume();
            await().until(() -> slow.size() >= EVENTS);
            assertEquals(
                    IntStream.rangeClosed(1, EVENTS).mapToObj(id -> "" + id).toList(), List.copyOf(slow));
            front.store.commit(1);
            await().until(() -> slow.size() == EVENTS + 1);
            BroadcastFixture.done(socket.close());
        }
    }
}

package io.millrace.platform.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.failure.Failure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Messages of another release, as during an update node by node. */
class BusVersionsTest {
    private final Vertx vertx = Vertx.vertx();
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();

    @AfterEach
    void close() throws Exception {
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    @Test
    void aRequestThatOnlyAnotherReleaseCanReadIsCountedAndMaySucceedLater() throws Exception {
        Bus bus = new Bus(vertx, Duration.ofSeconds(20), new byte[32], metrics);
        Bus.Registration unused = bus.serve(Addresses.HEADS, query -> Future.failedFuture("it was read"))
                .await(20, TimeUnit.SECONDS);
        // What the codec makes of a version that it doesn't know.
        ReplyException refused = assertThrows(ReplyException.class, () -> vertx.eventBus()
                .request(
                        Addresses.HEADS.name(),
                        BusCodec.Unreadable.UNKNOWN_VERSION,
                        new DeliveryOptions().setCodecName("millrace.HeadsQuery"))
                .await(20, TimeUnit.SECONDS));
        assertTrue(
                String.valueOf(refused.getMessage()).startsWith(Failure.UNAVAILABLE.code() + " "), refused::toString);
        assertEquals(503, refused.failureCode());
        assertEquals(
                1,
                metrics.get("millrace.bus.refused.messages")
                        .tag("reason", "unknown_version")
                        .counter()
                        .count());
    }
}

package io.millrace.platform.stream;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.stream.Heads;
import io.millrace.contracts.stream.HeadsQuery;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Vertx;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the heads of the streams from the database twice a second. All state belongs to the event loop on which it is
 * made.
 */
final class HeadMonitor {
    private static final Logger LOG = LoggerFactory.getLogger(HeadMonitor.class);
    private static final int EVERY_MS = 500;
    private static final int CHANGED_WITHIN_MS = 10_000;

    private final Vertx vertx;
    private final Bus bus;
    private final BooleanSupplier needed;
    private final Consumer<Heads> check;
    private int failures;
    private long answeredAtNanos;

    /**
     * @param needed whether heads are needed at present
     * @param check gets the heads that changed since shortly before the last call; all heads at first and after a long
     *     pause
     */
    HeadMonitor(Vertx vertx, Bus bus, BooleanSupplier needed, Consumer<Heads> check) {
        this.vertx = vertx;
        this.bus = bus;
        this.needed = needed;
        this.check = check;
    }

    void start() {
        vertx.setPeriodic(EVERY_MS, timer -> ask());
    }

    private void ask() {
        if (!needed.getAsBoolean()) {
            return;
        }
        bus.request(Addresses.HEADS, new HeadsQuery(changedWithinMs()))
                .onSuccess(heads -> {
                    failures = 0;
                    answeredAtNanos = System.nanoTime();
                    check.accept(heads);
                })
                .onFailure(error -> {
                    if (failures++ == 0) {
                        LOG.warn("could not compare stream heads with the database: {}", error.getMessage());
                    }
                });
    }

    /**
     * The time since shortly before the last call; all heads if that is long ago, since this node may have been
     * suspended.
     */
    private int changedWithinMs() {
        long since = (System.nanoTime() - answeredAtNanos) / 1_000_000;
        return answeredAtNanos == 0 || since > CHANGED_WITHIN_MS ? 0 : (int) since + CHANGED_WITHIN_MS;
    }
}

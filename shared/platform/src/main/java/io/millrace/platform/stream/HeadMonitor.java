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

/** Asks the database twice a second how far its streams are. All state belongs to the event loop that it is made on. */
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
     * @param needed whether anybody wants to know, for now
     * @param check what changed since the last time and a while before it; at the first, and after a long pause, all
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

    /** Since the last time and a while before it; all, when that is long ago: this node may have slept. */
    private int changedWithinMs() {
        long since = (System.nanoTime() - answeredAtNanos) / 1_000_000;
        return answeredAtNanos == 0 || since > CHANGED_WITHIN_MS ? 0 : (int) since + CHANGED_WITHIN_MS;
    }
}

package io.millrace.platform.resilience;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.function.BooleanSupplier;

/** What a stopping stage waits for, after it took itself off its addresses: that it has finished what it has. */
public final class IdleWaiter {
    private static final int LOOK_EVERY_MS = 10;

    private IdleWaiter() {}

    /** Completes on the caller's event loop once {@code idle} holds. How long that may take is the launcher's to bound. */
    public static Future<Void> await(Vertx vertx, BooleanSupplier idle) {
        if (idle.getAsBoolean()) {
            return Future.succeededFuture();
        }
        Promise<Void> promise = Promise.promise();
        vertx.setPeriodic(LOOK_EVERY_MS, timer -> {
            if (idle.getAsBoolean()) {
                vertx.cancelTimer(timer);
                promise.complete();
            }
        });
        return promise.future();
    }
}

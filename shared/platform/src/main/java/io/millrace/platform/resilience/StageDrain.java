package io.millrace.platform.resilience;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.function.BooleanSupplier;

/** Waits until a stopping stage, which has left its addresses, has finished its work. */
public final class StageDrain {
    private static final int LOOK_EVERY_MS = 10;

    private StageDrain() {}

    /** Completes on the caller's event loop once {@code idle} holds. The launcher limits the time. */
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

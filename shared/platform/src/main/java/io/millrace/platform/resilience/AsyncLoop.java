package io.millrace.platform.resilience;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Supplier;

/**
 * Repeats an asynchronous step. A step that composed itself with the next one would nest as many futures as there are
 * steps, and completing them would overflow the stack. Stateless.
 */
public final class AsyncLoop {
    private AsyncLoop() {}

    /**
     * Completes after the first step that says false; fails with the first one that fails.
     *
     * @param step whether there is more
     */
    public static Future<Void> run(Supplier<Future<Boolean>> step) {
        Promise<Void> all = Promise.promise();
        next(step, all);
        return all.future();
    }

    private static void next(Supplier<Future<Boolean>> step, Promise<Void> all) {
        Future<Boolean> more = begin(step);
        while (more.succeeded() && more.result()) {
            more = begin(step);
        }
        more.onComplete(done -> {
            if (done.failed()) {
                all.fail(done.cause());
            } else if (done.result()) {
                next(step, all);
            } else {
                all.complete();
            }
        });
    }

    /** A step that throws has failed. */
    private static Future<Boolean> begin(Supplier<Future<Boolean>> step) {
        return Future.succeededFuture().compose(now -> step.get());
    }
}

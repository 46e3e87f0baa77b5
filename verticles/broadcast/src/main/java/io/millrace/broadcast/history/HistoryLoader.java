package io.millrace.broadcast.history;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.stream.HistoryPage;
import io.millrace.contracts.stream.HistoryQuery;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Reads history for subscriptions that catch up: a few pages at a time, and one read for all that want the same page, so
 * that ten thousand resuming clients don't overload the database. Owned by the dispatcher's event loop.
 */
public final class HistoryLoader {
    public static final int PAGE = 500;

    private final Bus bus;
    private final int max;
    private final Map<HistoryQuery, Future<HistoryPage>> inFlight = new HashMap<>();
    private final ArrayDeque<Runnable> queued = new ArrayDeque<>();
    private int running;

    public HistoryLoader(Bus bus, int max) {
        this.bus = bus;
        this.max = max;
    }

    public Future<HistoryPage> page(HistoryQuery query) {
        Future<HistoryPage> known = inFlight.get(query);
        if (known != null) {
            return known;
        }
        Promise<HistoryPage> promise = Promise.promise();
        inFlight.put(query, promise.future());
        queued.add(() -> bus.request(Addresses.HISTORY, query).onComplete(done -> {
            running--;
            inFlight.remove(query);
            // The next read starts before this one is answered, since an answer may ask for more.
            next();
            promise.handle(done.succeeded() ? done : Future.failedFuture(done.cause()));
        }));
        next();
        return promise.future();
    }

    /** Queues another read among those of pages. */
    public <T> Future<T> enqueue(Supplier<Future<T>> read) {
        Promise<T> promise = Promise.promise();
        queued.add(() -> read.get().onComplete(done -> {
            running--;
            next();
            promise.handle(done);
        }));
        next();
        return promise.future();
    }

    private void next() {
        while (running < max && !queued.isEmpty()) {
            running++;
            queued.remove().run();
        }
    }
}

package io.millrace.broadcast.replay;

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
 * Reads of history for those who come back: a few at a time, and one for all who want the same, so that ten thousand at
 * once ask the database no more than it can take. Owned by the feed's event loop.
 */
public final class HistoryLoader {
    public static final int PAGE = 500;

    private final Bus bus;
    private final int most;
    private final Map<HistoryQuery, Future<HistoryPage>> wanted = new HashMap<>();
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private int underWay;

    public HistoryLoader(Bus bus, int most) {
        this.bus = bus;
        this.most = most;
    }

    public Future<HistoryPage> page(HistoryQuery query) {
        Future<HistoryPage> known = wanted.get(query);
        if (known != null) {
            return known;
        }
        Promise<HistoryPage> promise = Promise.promise();
        wanted.put(query, promise.future());
        waiting.add(() -> bus.request(Addresses.HISTORY, query).onComplete(done -> {
            underWay--;
            wanted.remove(query);
            // The next is on its way before anybody is answered, who may want more.
            next();
            promise.handle(done.succeeded() ? done : Future.failedFuture(done.cause()));
        }));
        next();
        return promise.future();
    }

    /** Another read that takes its turn among them. */
    public <T> Future<T> turn(Supplier<Future<T>> read) {
        Promise<T> promise = Promise.promise();
        waiting.add(() -> read.get().onComplete(done -> {
            underWay--;
            next();
            promise.handle(done);
        }));
        next();
        return promise.future();
    }

    private void next() {
        while (underWay < most && !waiting.isEmpty()) {
            underWay++;
            waiting.remove().run();
        }
    }
}

package io.millrace.platform.tracing;

import io.millrace.contracts.event.Outcome;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The spans of a batch, one for each of its events or none. Filled by one thread, and ended by any afterwards. */
public final class EventSpans {
    private final List<@Nullable EventSpan> all = new ArrayList<>();
    private boolean some;

    /** The next event's span; null if it is not traced. */
    public void add(@Nullable EventSpan span) {
        all.add(span);
        some |= span != null;
    }

    /** Whether no event of the batch is traced. */
    public boolean areNone() {
        return !some;
    }

    /** The span of an event; null if it is not traced. */
    public @Nullable EventSpan of(int index) {
        return some ? all.get(index) : null;
    }

    /** Ends them with an outcome each, or all with a failure. */
    public void end(AsyncResult<List<Outcome>> done) {
        for (int i = 0; some && i < all.size(); i++) {
            EventSpan span = all.get(i);
            if (span != null && done.succeeded()) {
                span.end(done.result().get(i));
            } else if (span != null) {
                span.fail(done.cause());
            }
        }
    }

    /** Ends all of them when it has been called so often. */
    public Runnable endAfter(int calls) {
        AtomicInteger missing = new AtomicInteger(calls);
        return () -> {
            if (missing.decrementAndGet() == 0) {
                endAll(Future.succeededFuture());
            }
        };
    }

    /** Ends all of them alike. */
    public void endAll(AsyncResult<?> done) {
        for (EventSpan span : all) {
            Tracing.end(span, done);
        }
    }
}

package io.millrace.api.query;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.vertx.core.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * The reads with a filter that are under way on this node. Each may parse a whole stream for two seconds, so that only a few
 * may do so at once. Safe from any thread.
 */
public final class FilteredReads {
    private final int most;
    private final AtomicInteger underWay = new AtomicInteger();
    private final Counter refused;

    public FilteredReads(int most, MeterRegistry metrics) {
        this.most = most;
        Gauge.builder("millrace.api.filtered.reads", underWay, AtomicInteger::get)
                .description("Reads of history with a filter under way")
                .register(metrics);
        this.refused = Counter.builder("millrace.api.filtered.refused")
                .description("Reads of history with a filter that were refused, since too many were under way")
                .register(metrics);
    }

    /** Fails as {@link Failure#OVERLOADED} if as many as may be are under way. */
    <T> Future<T> run(Supplier<Future<T>> read) {
        if (underWay.incrementAndGet() > most) {
            underWay.decrementAndGet();
            refused.increment();
            return Future.failedFuture(new MillraceException(
                    Failure.OVERLOADED, "this node reads history with " + most + " filters already; try again soon"));
        }
        return Future.succeededFuture().compose(now -> read.get()).onComplete(done -> underWay.decrementAndGet());
    }
}

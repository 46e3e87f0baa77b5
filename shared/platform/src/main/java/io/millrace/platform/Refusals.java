package io.millrace.platform;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.contracts.Failure;
import io.millrace.contracts.MillraceException;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/** Counts the HTTP requests that were refused, by the code that their clients were told. Safe from any thread. */
final class Refusals {
    private final Map<Failure, Counter> counters = new EnumMap<>(Failure.class);

    Refusals(MeterRegistry metrics) {
        for (Failure failure : Failure.values()) {
            counters.put(
                    failure,
                    Counter.builder("millrace.http.refused.requests")
                            .description("HTTP requests that were answered by a problem")
                            .tag("reason", failure.code())
                            .register(metrics));
        }
    }

    /** An answer has ended. */
    void count(RoutingContext ctx) {
        Failure failure = ctx.response().getStatusCode() < 400 ? null : ctx.get(Problems.FAILURE);
        if (failure != null) {
            count(failure);
        }
    }

    /** Answers a request that isn't one: on HTTP/1 nobody knows where the next one begins. */
    void answer(HttpServerRequest request, MillraceException why) {
        count(why.failure());
        boolean close = request.version() != HttpVersion.HTTP_2;
        Problems.answer(request.response(), why, close).onComplete(told -> {
            if (close) {
                request.connection().close().onFailure(gone -> {});
            }
        });
    }

    void count(Failure failure) {
        Objects.requireNonNull(counters.get(failure)).increment();
    }
}

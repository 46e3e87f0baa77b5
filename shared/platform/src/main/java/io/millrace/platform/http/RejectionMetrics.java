package io.millrace.platform.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/** Counts the HTTP requests that were refused, by the code that their clients were told. Safe from any thread. */
public final class RejectionMetrics {
    private final Map<Failure, Counter> counters = new EnumMap<>(Failure.class);

    public RejectionMetrics(MeterRegistry metrics) {
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
    public void count(RoutingContext ctx) {
        Failure failure = ctx.response().getStatusCode() < 400 ? null : ctx.get(ProblemResponses.FAILURE);
        if (failure != null) {
            count(failure);
        }
    }

    /** Answers a request that isn't one: on HTTP/1 nobody knows where the next one begins. */
    public void answer(HttpServerRequest request, MillraceException why) {
        count(why.failure());
        boolean close = request.version() != HttpVersion.HTTP_2;
        ProblemResponses.answer(request.response(), why, close).onComplete(sent -> {
            if (close) {
                request.connection().close().onFailure(gone -> {});
            }
        });
    }

    public void count(Failure failure) {
        Objects.requireNonNull(counters.get(failure)).increment();
    }
}

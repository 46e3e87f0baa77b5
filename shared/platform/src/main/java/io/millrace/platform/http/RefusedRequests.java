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

/** Counts refused HTTP requests, by the code of the answer. Safe from any thread. */
public final class RefusedRequests {
    private final Map<Failure, Counter> counters = new EnumMap<>(Failure.class);

    public RefusedRequests(MeterRegistry metrics) {
        for (Failure failure : Failure.values()) {
            counters.put(
                    failure,
                    Counter.builder("millrace.http.refused.requests")
                            .description("HTTP requests that were answered by a problem")
                            .tag("reason", failure.code())
                            .register(metrics));
        }
    }

    /** Counts the answer of a request, if it is a refusal. */
    public void count(RoutingContext ctx) {
        Failure failure = ctx.response().getStatusCode() < 400 ? null : ctx.get(ProblemResponses.FAILURE);
        if (failure != null) {
            count(failure);
        }
    }

    /** Answers an unreadable request and closes the connection: on HTTP/1 the start of the next request isn't known. */
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

package io.millrace.platform.http;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.platform.metrics.EnumCounters;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;

/** Counts refused HTTP requests, by the code of the answer. Safe from any thread. */
public final class RefusedRequests {
    private final EnumCounters<Failure> counters;

    public RefusedRequests(MeterRegistry metrics) {
        counters = new EnumCounters<>(
                "millrace.http.refused.requests", "reason", Failure.class, Failure::code, Tags.empty(), metrics);
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
        counters.increment(failure);
    }
}

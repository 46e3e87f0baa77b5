package io.millrace.sources.webhook;

import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.mapping.DocumentMapping;
import io.millrace.platform.http.ProblemResponses;
import io.millrace.platform.resilience.StallAwareTimeout;
import io.millrace.platform.tracing.TraceParent;
import io.millrace.sources.intake.EventPublisher;
import io.millrace.sources.intake.SourceIntake;
import io.millrace.sources.intake.SourceMessage;
import io.millrace.sources.intake.SourceMetrics;
import io.millrace.sources.intake.SourceTrace;
import io.millrace.sources.signature.SignatureReader.Scheme;
import io.millrace.sources.signature.SignatureVerifier;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /api/webhooks/{source}}: verified, mapped, and answered when every event is acknowledged, so that a sender may
 * repeat whatever it got no good answer to. One for each event loop of the front.
 */
public final class WebhookRoute {
    /** Larger bodies are verified and read on a worker thread. */
    private static final int LARGE = 64 << 10;

    /** Discord waits 3 s. */
    private static final int INTERACTION_MS = 2_500;

    private final Vertx vertx;
    private final Map<String, WebhookSource> sources = new HashMap<>();
    private final EventPublisher publisher;
    private final SourceIntake intake;
    private final SourceMetrics metrics;
    private final Clock clock;

    public WebhookRoute(
            Vertx vertx,
            List<WebhookSource> sources,
            EventPublisher publisher,
            SourceIntake intake,
            SourceMetrics metrics,
            Clock clock) {
        this.metrics = metrics;
        this.vertx = vertx;
        this.publisher = publisher;
        this.intake = intake;
        this.clock = clock;
        sources.forEach(source -> this.sources.put(source.name(), source));
    }

    /** What a verified delivery becomes; the result is null if it only asks whether somebody is there. */
    private record Read(SourceMessage message, DocumentMapping.@Nullable Result result) {}

    /** @param maxBody the largest number of bytes of a body */
    public void mount(Router router, long maxBody) {
        router.post("/api/webhooks/:source").handler(this::find);
        router.post("/api/webhooks/:source")
                .handler(BodyHandler.create(false).setBodyLimit(maxBody))
                .handler(ctx -> receive(ctx, Objects.requireNonNull(ctx.get("source"))));
    }

    private void find(RoutingContext ctx) {
        String name = String.valueOf(ctx.pathParam("source"));
        WebhookSource source = sources.get(name);
        if (source == null) {
            throw new MillraceException(Failure.NOT_FOUND, "there is no source of webhooks " + name);
        }
        if (ctx.request().getHeader(HttpHeaders.CONTENT_ENCODING) != null) {
            throw new MillraceException(Failure.UNSUPPORTED_MEDIA_TYPE, "no Content-Encoding is read here");
        }
        ctx.put("source", source);
        ctx.next();
    }

    private void receive(RoutingContext ctx, WebhookSource source) {
        byte[] body =
                ctx.body().buffer() == null ? new byte[0] : ctx.body().buffer().getBytes();
        MultiMap headers = ctx.request().headers();
        Future<Read> read = body.length < LARGE
                ? Future.succeededFuture().map(here -> read(source, headers, body))
                : vertx.executeBlocking(() -> read(source, headers, body), false);
        read.compose(delivery -> answer(ctx, source, delivery)).onFailure(error -> {
            metrics.refused(source.source(), MillraceException.of(error));
            ProblemResponses.answer(ctx, error);
        });
    }

    private Read read(WebhookSource source, MultiMap headers, byte[] body) {
        SignatureVerifier.Delivery delivery = source.signature().verify(headers, body, clock.instant());
        String id = Objects.requireNonNullElse(delivery.id(), "");
        Map<String, String> attributes = new LinkedHashMap<>();
        attributes.put(WebhookSource.DELIVERY, id);
        attributes.put(WebhookSource.EVENT, Objects.requireNonNullElse(delivery.event(), ""));
        String traceparent = headers.get(TraceParent.NAME);
        if (TraceParent.parse(traceparent) != null) {
            attributes.put(SourceTrace.ATTRIBUTE, traceparent);
        }
        SourceMessage message = new SourceMessage(
                body,
                attributes,
                null,
                SourceMessage.Origin.of(
                        "/api/webhooks/" + source.name(), id.isEmpty() ? body : id.getBytes(StandardCharsets.UTF_8)));
        return new Read(message, isPing(source, message) ? null : SourceTrace.map(source, message));
    }

    /** Discord asks so whether somebody is there who verifies. */
    private static boolean isPing(WebhookSource source, SourceMessage message) {
        return source.scheme() == Scheme.DISCORD
                && source.document(message).path("type").asInt() == 1;
    }

    private Future<Void> answer(RoutingContext ctx, WebhookSource source, Read read) {
        DocumentMapping.Result result = read.result();
        if (result == null) {
            metrics.taken(source.source(), "ping");
            return send(ctx, new JsonObject().put("type", 1));
        }
        if (result.skipped() != null) {
            metrics.taken(source.source(), "skipped");
            return acknowledge(ctx, source, new JsonObject().put("skipped", result.skipped()));
        }
        if (result.events().isEmpty()) {
            return unmapped(ctx, source, read.message());
        }
        Future<List<EventPublisher.Published>> published =
                publisher.publish(source.source(), result.events(), () -> true);
        if (source.scheme() == Scheme.DISCORD) {
            published = StallAwareTimeout.within(ctx.vertx(), INTERACTION_MS, published)
                    .recover(error -> Future.failedFuture(
                            error instanceof TimeoutException
                                    ? new MillraceException(Failure.UNAVAILABLE, "not acknowledged in time")
                                    : error));
        }
        return published.compose(all -> acknowledge(ctx, source, all));
    }

    private Future<Void> unmapped(RoutingContext ctx, WebhookSource source, SourceMessage message) {
        MillraceException noRule = SourceIntake.noRule(source.source());
        Future<Void> kept =
                switch (source.source().unmapped()) {
                    case REFUSE -> throw noRule;
                    case DEADLETTER -> intake.keep(source.source(), message, noRule);
                    case COUNT -> Future.succeededFuture();
                };
        return kept.compose(done -> {
            metrics.taken(source.source(), "unmapped");
            return acknowledge(ctx, source, new JsonObject().put("events", new JsonArray()));
        });
    }

    private Future<Void> acknowledge(RoutingContext ctx, WebhookSource source, List<EventPublisher.Published> all) {
        JsonArray events = new JsonArray();
        MillraceException refused = null;
        for (EventPublisher.Published each : all) {
            JsonObject event = new JsonObject()
                    .put("id", each.event().id())
                    .put("type", each.event().type());
            if (each.outcome() != null) {
                event.put("status", each.outcome().status().wire());
            } else if (each.refused() != null) {
                MillraceException why = each.refused();
                event.put("status", "failed").put("code", why.failure().code()).put("detail", why.getMessage());
                refused = refused == null ? why : refused;
            }
            events.add(event);
        }
        if (refused != null) {
            metrics.refused(source.source(), refused);
            JsonObject problem = ProblemResponses.body(refused.failure(), String.valueOf(refused.getMessage()));
            return ProblemResponses.send(ctx.response(), problem.put("events", events));
        }
        metrics.taken(source.source(), SourceMetrics.ACCEPTED);
        return acknowledge(ctx, source, new JsonObject().put("events", events));
    }

    private static Future<Void> acknowledge(RoutingContext ctx, WebhookSource source, JsonObject answer) {
        // "I have it, and the answer comes later": what else could a pipeline say?
        return send(ctx, source.scheme() == Scheme.DISCORD ? new JsonObject().put("type", 5) : answer);
    }

    private static Future<Void> send(RoutingContext ctx, JsonObject answer) {
        Buffer json = answer.toBuffer();
        return ctx.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .end(json);
    }
}

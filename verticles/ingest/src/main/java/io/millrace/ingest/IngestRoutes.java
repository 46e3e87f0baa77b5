package io.millrace.ingest;

import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.ingest.intake.IngestService;
import io.millrace.ingest.intake.PublishResponses;
import io.millrace.ingest.parse.CloudEvents;
import io.millrace.ingest.parse.EnvelopeReader;
import io.millrace.ingest.parse.RawEvent;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.http.Authentication;
import io.millrace.platform.http.ProblemResponses;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.schema.MediaType;
import io.millrace.platform.tracing.TraceParent;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code POST /api/events}: one event, an array, NDJSON, or CloudEvents. One for each event loop of the front. */
final class IngestRoutes {
    /** A CloudEvent whose attributes are headers. */
    private static final String BINARY = "binary";

    private static final List<String> FORMS =
            List.of("application/json", "application/x-ndjson", CloudEvents.STRUCTURED, CloudEvents.BATCHED);

    private final NodeContext node;
    private final IngestSettings settings;
    private final IngestService intake;

    IngestRoutes(NodeContext node, IngestSettings settings, IngestService intake) {
        this.node = node;
        this.settings = settings;
        this.intake = intake;
    }

    void mount(Router router, long maxBody) {
        router.options("/api/events").handler(this::handshake);
        router.post("/api/events").handler(Authentication.beforeBody(node.tokens(), IngestRoutes::check, this::refuse));
        router.post("/api/events")
                .handler(BodyHandler.create(false).setBodyLimit(maxBody))
                .handler(this::events)
                .failureHandler(ctx -> {
                    // The body was too large, or couldn't be read completely.
                    intake.refused(ctx.statusCode() == 413 ? Failure.TOO_LARGE : Failure.BAD_MESSAGE);
                    ctx.next();
                });
    }

    /**
     * Answers the request for permission to deliver CloudEvents (CloudEvents, HTTP 1.1 Web Hooks 1.0.1, 4). All origins
     * are permitted; the token decides what may be published.
     */
    private void handshake(RoutingContext ctx) {
        if (ctx.request().getHeader("WebHook-Request-Origin") == null) {
            ctx.next();
            return;
        }
        ctx.response().putHeader("WebHook-Allowed-Origin", "*").putHeader(HttpHeaders.ALLOW, "POST");
        if (ctx.request().getHeader("WebHook-Request-Rate") != null) {
            ctx.response().putHeader("WebHook-Allowed-Rate", Long.toString(settings.rate() * 60L));
        }
        ctx.response().end().onFailure(gone -> {});
    }

    private static void check(RoutingContext ctx, Principal publisher) {
        if (!publisher.authenticated()) {
            throw new MillraceException(Failure.UNAUTHENTICATED, "publishing needs a token: Authorization: Bearer …");
        }
        form(ctx.request().headers());
    }

    private void events(RoutingContext ctx) {
        byte[] body = ctx.body().buffer() == null
                ? new byte[0]
                : EnvelopeReader.withoutMark(ctx.body().buffer().getBytes());
        Authentication.of(ctx)
                .compose(publisher -> ingest(ctx, publisher, body))
                .onFailure(error -> refuse(ctx, error));
    }

    private void refuse(RoutingContext ctx, Throwable error) {
        intake.refused(MillraceException.of(error).failure());
        ProblemResponses.answer(ctx, error);
    }

    private Future<Void> ingest(RoutingContext ctx, Principal publisher, byte[] body) {
        if (body.length == 0) {
            throw new MillraceException(Failure.BAD_MESSAGE, "the body is empty");
        }
        List<RawEvent> drafts = new ArrayList<>();
        boolean many = read(ctx, body, drafts);
        String traceparent = traceparent(ctx.request().headers());
        drafts.forEach(draft -> draft.traceparent = traceparent);
        if (drafts.isEmpty()) {
            return answer(ctx, 207, "application/json", PublishResponses.many(List.of()));
        }
        return intake.submit(drafts, publisher, body.length, IngestService.Order.BY_PATH)
                .compose(results -> many
                        ? answer(ctx, 207, "application/json", PublishResponses.many(results))
                        : answerOne(ctx, results.get(0)));
    }

    /** Two are as none (W3C Trace Context, 3.2). */
    private static @Nullable String traceparent(MultiMap headers) {
        List<String> all = headers.getAll(TraceParent.NAME);
        return all.size() == 1 ? all.get(0) : null;
    }

    /** Reads the events, and whether the sender sent a collection, even of one. */
    private boolean read(RoutingContext ctx, byte[] body, List<RawEvent> drafts) {
        MultiMap headers = ctx.request().headers();
        switch (form(headers)) {
            case BINARY -> {
                drafts.add(CloudEvents.binary(headers, body));
                return false;
            }
            case "application/json" -> {
                return json(body, drafts);
            }
            case "application/x-ndjson" -> {
                lines(body, drafts);
                return true;
            }
            case CloudEvents.STRUCTURED -> {
                drafts.add(EnvelopeReader.one(body, 0, body.length, EnvelopeReader.Form.CLOUDEVENTS));
                return false;
            }
            default -> {
                EnvelopeReader.each(body, EnvelopeReader.Form.CLOUDEVENTS, draft -> add(drafts, draft));
                return true;
            }
        }
    }

    /** The media type of a supported form, or {@link #BINARY}; fails for any other. */
    private static String form(MultiMap headers) {
        if (headers.get(HttpHeaders.CONTENT_ENCODING) != null) {
            throw unsupported("no Content-Encoding is read here");
        }
        MediaType type = MediaType.of("the Content-Type", headers.get(HttpHeaders.CONTENT_TYPE));
        if (!type.name().startsWith("application/cloudevents") && CloudEvents.binary(headers)) {
            if (!type.json()) {
                throw unsupported("the data of a CloudEvent must be JSON: application/json or …+json");
            }
            return BINARY;
        }
        if (!FORMS.contains(type.name())) {
            throw unsupported("Content-Type must be one of " + String.join(", ", FORMS));
        }
        return type.name();
    }

    private static MillraceException unsupported(String why) {
        return new MillraceException(Failure.UNSUPPORTED_MEDIA_TYPE, why);
    }

    private boolean json(byte[] body, List<RawEvent> drafts) {
        int first = 0;
        while (first < body.length && Character.isWhitespace(body[first])) {
            first++;
        }
        if (first < body.length && body[first] == '[') {
            EnvelopeReader.each(body, EnvelopeReader.Form.NATIVE, draft -> add(drafts, draft));
            return true;
        }
        drafts.add(EnvelopeReader.one(body, 0, body.length, EnvelopeReader.Form.NATIVE));
        return false;
    }

    private void lines(byte[] body, List<RawEvent> drafts) {
        int from = 0;
        int line = 1;
        for (int i = 0; i <= body.length; i++) {
            if (i < body.length && body[i] != '\n') {
                continue;
            }
            if (!blank(body, from, i)) {
                try {
                    add(drafts, EnvelopeReader.one(body, from, i, EnvelopeReader.Form.NATIVE));
                } catch (MillraceException bad) {
                    if (bad.failure() == Failure.TOO_LARGE) {
                        throw bad;
                    }
                    add(
                            drafts,
                            RawEvent.unreadable(new MillraceException(
                                    bad.failure(), "line " + line + ": " + bad.getMessage(), bad.details())));
                }
            }
            from = i + 1;
            line++;
        }
    }

    private static boolean blank(byte[] body, int from, int to) {
        for (int i = from; i < to; i++) {
            if (!Character.isWhitespace(body[i])) {
                return false;
            }
        }
        return true;
    }

    private void add(List<RawEvent> drafts, RawEvent draft) {
        if (drafts.size() == settings.maxEvents()) {
            throw new MillraceException(
                    Failure.TOO_LARGE, "more than " + settings.maxEvents() + " events in one request");
        }
        drafts.add(draft);
    }

    private static Future<Void> answerOne(RoutingContext ctx, Outcome outcome) {
        boolean failed = outcome.status() == Outcome.Status.FAILED;
        if (failed && PublishResponses.failure(outcome).retryable()) {
            ctx.response().putHeader("Retry-After", "1");
        }
        return answer(
                ctx,
                PublishResponses.status(outcome),
                failed ? "application/problem+json" : "application/json",
                PublishResponses.one(outcome));
    }

    private static Future<Void> answer(RoutingContext ctx, int status, String type, io.vertx.core.buffer.Buffer body) {
        HttpServerResponse response = ctx.response();
        if (response.closed()) {
            return Future.succeededFuture();
        }
        return response.setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, type)
                .end(body);
    }
}

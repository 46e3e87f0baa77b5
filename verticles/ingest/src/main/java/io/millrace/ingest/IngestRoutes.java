package io.millrace.ingest;

import io.millrace.contracts.Failure;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Outcome;
import io.millrace.platform.Node;
import io.millrace.platform.Principal;
import io.millrace.platform.Problems;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.util.ArrayList;
import java.util.List;

/** {@code POST /api/events}: one event, an array, NDJSON, or CloudEvents. One for each event loop of the front. */
final class IngestRoutes {
    private static final String PUBLISHER = "publisher";

    private final Node node;
    private final IngestSettings settings;
    private final Intake intake;

    IngestRoutes(Node node, IngestSettings settings, Intake intake) {
        this.node = node;
        this.settings = settings;
        this.intake = intake;
    }

    void mount(Router router, long maxBody) {
        router.post("/api/events").handler(this::authenticate);
        router.post("/api/events")
                .handler(BodyHandler.create(false).setBodyLimit(maxBody))
                .handler(this::events);
    }

    /** Before a byte of the body is kept: who may not publish can't make the server hold anything. */
    private void authenticate(RoutingContext ctx) {
        ctx.request().pause();
        node.tokens()
                .ofHeader(ctx.request().getHeader(HttpHeaders.AUTHORIZATION))
                .onSuccess(publisher -> {
                    ctx.request().resume();
                    if (publisher.authenticated()) {
                        ctx.put(PUBLISHER, publisher).next();
                    } else {
                        Problems.answer(
                                ctx,
                                new MillraceException(
                                        Failure.UNAUTHENTICATED, "publishing needs a token: Authorization: Bearer …"));
                    }
                })
                .onFailure(error -> {
                    // Nobody listens to the body, so what comes of it is dropped.
                    ctx.request().resume();
                    Problems.answer(ctx, error);
                });
    }

    private void events(RoutingContext ctx) {
        byte[] body = ctx.body().buffer() == null
                ? new byte[0]
                : EnvelopeReader.withoutMark(ctx.body().buffer().getBytes());
        Principal publisher = ctx.get(PUBLISHER);
        Future.succeededFuture(publisher)
                .compose(known -> take(ctx, known, body))
                .onFailure(error -> Problems.answer(ctx, error));
    }

    private Future<Void> take(RoutingContext ctx, Principal publisher, byte[] body) {
        if (ctx.request().getHeader(HttpHeaders.CONTENT_ENCODING) != null) {
            throw new MillraceException(Failure.UNSUPPORTED_MEDIA_TYPE, "no Content-Encoding is read here");
        }
        if (body.length == 0) {
            throw new MillraceException(Failure.BAD_MESSAGE, "the body is empty");
        }
        List<Draft> drafts = new ArrayList<>();
        boolean many = read(ctx, body, drafts);
        if (drafts.isEmpty()) {
            return answer(ctx, 207, "application/json", Answers.many(List.of()));
        }
        return intake.take(drafts, publisher, body.length)
                .compose(results -> many
                        ? answer(ctx, 207, "application/json", Answers.many(results))
                        : answerOne(ctx, results.get(0)));
    }

    /** Reads the drafts; whether the sender sent a collection, even of one. */
    private boolean read(RoutingContext ctx, byte[] body, List<Draft> drafts) {
        MultiMap headers = ctx.request().headers();
        MediaType type = MediaType.of("the Content-Type", headers.get(HttpHeaders.CONTENT_TYPE));
        boolean structured = type.name().startsWith("application/cloudevents");
        if (!structured && CloudEvents.binary(headers)) {
            if (!type.json()) {
                throw unsupported("the data of a CloudEvent must be JSON: application/json or …+json");
            }
            drafts.add(CloudEvents.binary(headers, body));
            return false;
        }
        switch (type.name()) {
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
            case CloudEvents.BATCHED -> {
                EnvelopeReader.each(body, EnvelopeReader.Form.CLOUDEVENTS, draft -> add(drafts, draft));
                return true;
            }
            default ->
                throw unsupported("Content-Type must be application/json, application/x-ndjson, "
                        + CloudEvents.STRUCTURED + " or " + CloudEvents.BATCHED);
        }
    }

    private static MillraceException unsupported(String why) {
        return new MillraceException(Failure.UNSUPPORTED_MEDIA_TYPE, why);
    }

    private boolean json(byte[] body, List<Draft> drafts) {
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

    private void lines(byte[] body, List<Draft> drafts) {
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
                            Draft.unreadable(new MillraceException(
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

    private void add(List<Draft> drafts, Draft draft) {
        if (drafts.size() == settings.maxEvents()) {
            throw new MillraceException(
                    Failure.TOO_LARGE, "more than " + settings.maxEvents() + " events in one request");
        }
        drafts.add(draft);
    }

    private static Future<Void> answerOne(RoutingContext ctx, Intake.Result result) {
        Outcome outcome = result.outcome();
        boolean failed = outcome.status() == Outcome.Status.FAILED;
        if (failed && Answers.failure(outcome).retryable()) {
            ctx.response().putHeader("Retry-After", "1");
        }
        return answer(
                ctx,
                Answers.status(outcome),
                failed ? "application/problem+json" : "application/json",
                Answers.one(result));
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

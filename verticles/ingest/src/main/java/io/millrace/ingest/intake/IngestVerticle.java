package io.millrace.ingest.intake;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.event.PublishRequest;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.Characters;
import io.millrace.contracts.text.ClientJson;
import io.millrace.ingest.IngestSettings;
import io.millrace.ingest.parse.EnvelopeReader;
import io.millrace.ingest.parse.RawEvent;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.resilience.StageDrain;
import io.millrace.platform.tracing.TraceParent;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.EncodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code millrace.ingest}: events from any program that joins the cluster, as a JsonObject (one) or a JsonArray (many),
 * answered as HTTP would. A failure's code is the HTTP status; its message begins with the stable code.
 *
 * <p>{@code millrace.publish}: the same for events that clients publish over their connections, and for those of sources.
 * Both addresses share one bound.
 */
public final class IngestVerticle extends VerticleBase {
    private final NodeContext node;
    private final IngestSettings settings;
    private final PublishingLimits limits;
    private final List<Bus.Registration> registrations = new ArrayList<>();
    private BooleanSupplier idle = () -> true;

    public IngestVerticle(NodeContext node, IngestSettings settings, PublishingLimits limits) {
        this.limits = limits;
        this.node = node;
        this.settings = settings;
    }

    @Override
    public Future<?> start() {
        IngestService intake = new IngestService("bus", settings, node, limits);
        idle = intake::idle;
        return Future.all(
                        node.bus().servePublic(Addresses.INGEST, message -> receive(intake, message)),
                        node.bus().serve(Addresses.PUBLISH, publication -> publish(intake, publication)))
                .onSuccess(served -> registrations.addAll(served.list()));
    }

    @Override
    public Future<?> stop() {
        return Future.join(registrations.stream().map(Bus.Registration::close).toList())
                .eventually(() -> StageDrain.await(vertx, idle));
    }

    private void receive(IngestService intake, Message<Object> message) {
        node.tokens()
                .ofHeader(message.headers().get("authorization"))
                .compose(publisher -> ingest(intake, publisher, message))
                .onFailure(error -> {
                    MillraceException known = MillraceException.of(error);
                    intake.refused(known.failure());
                    message.fail(known.failure().status(), known.failure().code() + ": " + known.getMessage());
                });
    }

    private Future<Void> ingest(IngestService intake, Principal publisher, Message<Object> message) {
        if (!publisher.authenticated()) {
            throw new MillraceException(Failure.UNAUTHENTICATED, "publishing needs a token: header authorization");
        }
        boolean many = message.body() instanceof JsonArray;
        byte[] body = bytes(message.body());
        List<RawEvent> drafts = new ArrayList<>();
        if (many) {
            EnvelopeReader.each(body, EnvelopeReader.Form.NATIVE, drafts::add);
        } else {
            drafts.add(EnvelopeReader.one(body, 0, body.length, EnvelopeReader.Form.NATIVE));
        }
        requireAtMost(drafts.size(), settings.maxEvents());
        String traceparent = message.headers().get(TraceParent.NAME);
        drafts.forEach(draft -> draft.traceparent = traceparent);
        return intake.submit(drafts, publisher, body.length, IngestService.Order.BY_PATH)
                .map(results -> {
                    if (many) {
                        message.reply(new JsonArray(PublishResponses.many(results)));
                    } else {
                        replyOne(message, results.get(0));
                    }
                    return null;
                });
    }

    private static void replyOne(Message<Object> message, Outcome outcome) {
        if (outcome.status() == Outcome.Status.FAILED) {
            Failure failure = PublishResponses.failure(outcome);
            message.fail(failure.status(), failure.code() + ": " + outcome.message());
        } else {
            message.reply(new JsonObject(PublishResponses.one(outcome)));
        }
    }

    private Future<Outcomes> publish(IngestService intake, PublishRequest publication) {
        return Future.succeededFuture()
                .compose(received -> submit(intake, publication))
                .onFailure(error -> intake.refused(MillraceException.of(error).failure()))
                .map(Outcomes::new);
    }

    private Future<List<Outcome>> submit(IngestService intake, PublishRequest publication) {
        if (publication.user() == null) {
            throw new MillraceException(Failure.UNAUTHENTICATED, "publishing needs a token");
        }
        List<byte[]> events = publication.events();
        requireAtMost(events.size(), PublishRequest.MAX_EVENTS);
        long bytes = events.stream().mapToLong(event -> event.length).sum();
        if (bytes > node.maxBody()) {
            throw new MillraceException(
                    Failure.TOO_LARGE, bytes + " bytes of events in one message, the most is " + node.maxBody());
        }
        // The client's identity was verified at its connection.
        JsonObject claims = new JsonObject(Buffer.buffer(publication.claims()));
        Principal publisher = new Principal(publication.user(), publication.roles(), claims, Long.MAX_VALUE);
        return intake.submit(
                events.stream().map(IngestVerticle::draft).toList(),
                publisher,
                (int) bytes,
                IngestService.Order.STRICT);
    }

    private static void requireAtMost(int events, int most) {
        if (events > most) {
            throw new MillraceException(Failure.TOO_LARGE, "more than " + most + " events in one message");
        }
    }

    /** Refuses and counts an unreadable message like an event. */
    private static RawEvent draft(byte[] event) {
        try {
            return EnvelopeReader.one(event, 0, event.length, EnvelopeReader.Form.NATIVE);
        } catch (MillraceException unreadable) {
            return RawEvent.unreadable(unreadable);
        }
    }

    private static byte[] bytes(@Nullable Object body) {
        if (body instanceof Buffer buffer) {
            return EnvelopeReader.withoutMark(buffer.getBytes());
        }
        if (body instanceof String text) {
            String wrong = Characters.wrong(text);
            if (wrong != null) {
                throw new MillraceException(Failure.BAD_MESSAGE, "the message " + wrong);
            }
            return text.getBytes(StandardCharsets.UTF_8);
        }
        if (!(body instanceof JsonObject) && !(body instanceof JsonArray)) {
            throw new MillraceException(Failure.BAD_MESSAGE, "send a JsonObject, or a JsonArray of them");
        }
        if (!finite(body, 0)) {
            throw new MillraceException(Failure.BAD_MESSAGE, "the message holds a number that is not finite");
        }
        try {
            Buffer json = body instanceof JsonObject object ? object.toBuffer() : ((JsonArray) body).toBuffer();
            return json.getBytes();
        } catch (EncodeException notJson) {
            throw new MillraceException(Failure.BAD_MESSAGE, "the message holds something that is not JSON");
        }
    }

    /** Refuses NaN and the infinities, which an encoder would silently turn into texts. */
    private static boolean finite(@Nullable Object value, int depth) {
        if (value instanceof Double || value instanceof Float) {
            return Double.isFinite(((Number) value).doubleValue());
        }
        Object inner = value instanceof JsonObject object
                ? object.getMap()
                : value instanceof JsonArray array ? array.getList() : value;
        Collection<?> values =
                inner instanceof Map<?, ?> map ? map.values() : inner instanceof List<?> list ? list : List.of();
        return depth > ClientJson.MAX_DEPTH || values.stream().allMatch(one -> finite(one, depth + 1));
    }
}

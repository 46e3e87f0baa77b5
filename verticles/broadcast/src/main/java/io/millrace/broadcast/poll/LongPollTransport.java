package io.millrace.broadcast.poll;

import io.millrace.broadcast.hub.Connection;
import io.millrace.broadcast.hub.Subscription;
import io.millrace.broadcast.outbound.ClientTransport;
import io.millrace.broadcast.outbound.CloseCode;
import io.millrace.broadcast.outbound.EncodedMessages;
import io.millrace.broadcast.outbound.OutboundMessage;
import io.millrace.broadcast.outbound.ServerMessages;
import io.millrace.broadcast.transport.ResponseFlow;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.JsonWriter;
import io.millrace.platform.http.ProblemResponses;
import io.millrace.platform.http.UnsentBytes;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One long poll: a subscription that ends with its first answer. Waits for the first message to the client, adds those of
 * the same turn, and answers. Owned by its event loop.
 */
final class LongPollTransport implements ClientTransport {
    private final RoutingContext ctx;
    private final boolean waits;
    private final int limit;
    private final PollCaching caching;
    private final List<OutboundMessage> events = new ArrayList<>();
    private @Nullable String next;
    private boolean recovered = true;
    private boolean answered;
    /** Whether the client's socket has the answer. */
    private boolean taken;

    private boolean started;
    /** Whether a gap has come, so that what is after it belongs to the next answer. */
    private boolean ended;

    /**
     * @param after the client's position; null if the client only wants the present position
     * @param limit the highest number of events in the answer
     * @param caching who may keep the answer
     */
    LongPollTransport(RoutingContext ctx, @Nullable String after, int limit, PollCaching caching) {
        this.ctx = ctx;
        this.caching = caching;
        this.waits = after != null;
        // Until the subscription has started, the answer's position is the client's own.
        this.next = after;
        this.limit = limit;
    }

    @Override
    public String name() {
        return "poll";
    }

    @Override
    public void write(EncodedMessages messages) {
        for (OutboundMessage message : messages.messages()) {
            switch (message.type()) {
                case "welcome", "position", "unsubscribed" -> {}
                case "gap" -> {
                    // An answer ends at a gap: one that has events before it is followed by one that tells of it.
                    if (events.isEmpty()) {
                        next = message.position();
                        recovered = false;
                    }
                    ended = true;
                }
                case "subscribed" -> {
                    JsonObject subscribed = json(message);
                    next = message.position();
                    // A gap follows, which says from where on events are kept.
                    recovered = subscribed.getBoolean("recovered")
                            || ServerMessages.HISTORY.equals(subscribed.getString("reason"));
                    started = true;
                }
                case "error", "reconnect" -> refuse(json(message));
                default -> {
                    if (writable()) {
                        events.add(message);
                        String position = message.position();
                        next = position == null ? next : position;
                    }
                }
            }
        }
    }

    @Override
    public void flush() {
        if (started && (!events.isEmpty() || !waits || !recovered)) {
            answer(null);
        }
    }

    /** Answers at the end of the wait. */
    void expire(Connection connection, String stream) {
        Subscription subscription = connection.subscription(stream);
        answer(subscription == null ? null : connection.hub().position(subscription));
    }

    private void answer(@Nullable String position) {
        if (answered || ctx.response().ended() || ctx.response().closed()) {
            return;
        }
        answered = true;
        String reached = position != null && events.isEmpty() ? position : next;
        caching.addHeaders(ctx.response(), recovered, events);
        ctx.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .end(body(reached))
                .onSuccess(sent -> taken = true)
                .onFailure(gone -> abort());
    }

    private Buffer body(@Nullable String reached) {
        return Buffer.buffer(JsonWriter.object(json -> {
            json.writeArrayFieldStart("events");
            for (OutboundMessage event : events) {
                json.writeJson(event.line());
            }
            json.writeEndArray();
            json.writeStringField("next", reached);
            json.writeBooleanField("recovered", recovered);
        }));
    }

    private static JsonObject json(OutboundMessage message) {
        return new JsonObject(Buffer.buffer(message.line()));
    }

    private void refuse(JsonObject error) {
        if (!answered) {
            answered = true;
            Failure failure = Failure.ofCode(error.getString("code", Failure.UNAVAILABLE.code()));
            ProblemResponses.answer(
                    ctx,
                    new MillraceException(
                            failure == null ? Failure.UNAVAILABLE : failure,
                            error.getString("message", "this node is draining")));
        }
    }

    @Override
    public boolean settle() {
        if (!answered) {
            events.clear();
        }
        return !answered || taken;
    }

    @Override
    public void reset() {
        UnsentBytes.discard(ctx.request());
    }

    /** What it writes is one answer. */
    @Override
    public long unsent() {
        return 0;
    }

    @Override
    public boolean writable() {
        return events.size() < limit && !ended;
    }

    @Override
    public boolean ping() {
        return false;
    }

    @Override
    public void close(CloseCode code, String why) {}

    @Override
    public void abort() {
        ResponseFlow.abort(ctx.request());
    }
}

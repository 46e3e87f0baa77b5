package io.millrace.api.query;

import io.millrace.api.ApiSettings;
import io.millrace.api.answer.ConditionalResponse;
import io.millrace.api.answer.SharedCache;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.stream.HistoryPage;
import io.millrace.contracts.stream.HistoryQuery;
import io.millrace.contracts.stream.PositionAtTimeQuery;
import io.millrace.contracts.text.JsonWriter;
import io.millrace.contracts.text.Parameters;
import io.millrace.domain.model.Namespace;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.delivery.ClientMessage;
import io.millrace.platform.delivery.PositionCipher;
import io.millrace.platform.delivery.ResumePoint;
import io.millrace.platform.delivery.Visibility;
import io.millrace.platform.node.NodeContext;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * {@code GET /api/streams/{stream}/events}: history, oldest first, in the form in which it was delivered. A page may
 * have fewer events than the limit, when they are large; {@code next} continues after it.
 */
public final class HistoryRoute {
    /** The largest {@code limit} that is accepted; an answer has no more than the settings allow. */
    private static final int MOST_SAID = 999_999;

    private final NodeContext node;
    private final ApiSettings settings;
    private final ConditionalResponse response;
    private final PositionCipher seal;

    public HistoryRoute(NodeContext node, ApiSettings settings, ConditionalResponse response) {
        this.node = node;
        this.settings = settings;
        this.response = response;
        this.seal = new PositionCipher(node.tokens().keyFor("position"));
    }

    public Future<Void> answer(RoutingContext ctx, Principal who) {
        String stream = Objects.requireNonNull(ctx.pathParam("stream"));
        Namespace namespace = node.domains().namespaceOf(stream);
        Visibility visibility = Visibility.of(node.domains(), stream, who);
        if (visibility.nothing()) {
            throw AccessDenied.of(
                    node.domains(),
                    who,
                    "stream",
                    stream,
                    namespace != null
                            ? List.of(stream)
                            : node.domains().namespaces().stream()
                                    .map(each -> each.stream().toString())
                                    .toList());
        }
        if (namespace == null) {
            throw new MillraceException(
                    Failure.NOT_FOUND, "the stream of a KPI keeps its present value alone, which is at /api/kpis");
        }
        String last = ctx.request().getParam("last");
        int limit = number(ctx, last == null ? "limit" : "last", Math.min(100, settings.historyLimit()));
        return query(ctx, stream, visibility, last != null, limit)
                .compose(query -> visibility.unrestricted()
                        ? sendUnfiltered(ctx, query, visibility, who)
                        : findVisible(ctx, query, visibility, who)
                                .compose(found -> send(ctx, stream, found, visibility, who)));
    }

    private Future<Void> sendUnfiltered(RoutingContext ctx, HistoryQuery query, Visibility visibility, Principal who) {
        return node.bus().request(Addresses.HISTORY, query).compose(page -> {
            requireEpoch(ctx, query.stream(), page);
            List<CommittedEvent> events = page.events();
            long end = Math.min(page.head(), query.last() ? page.head() : query.after());
            return send(
                    ctx,
                    query.stream(),
                    new VisibleHistory.Found(events, new Position(page.epoch(), end), false),
                    visibility,
                    who);
        });
    }

    private Future<VisibleHistory.Found> findVisible(
            RoutingContext ctx, HistoryQuery query, Visibility visibility, Principal who) {
        VisibleHistory history = new VisibleHistory(
                node.bus(),
                query.stream(),
                event -> visibility.sees(event.event(), who, ""),
                query.limit(),
                () -> ctx.response().closed(),
                () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()));
        return query.last() ? history.last() : history.after(query.after());
    }

    private Future<HistoryQuery> query(
            RoutingContext ctx, String stream, Visibility visibility, boolean last, int limit) {
        ResumePoint after = ResumePoint.parse(ctx.request().getParam("after"));
        if (last || after == null || after instanceof ResumePoint.Beginning) {
            return Future.succeededFuture(new HistoryQuery(stream, 0, limit, last));
        }
        if (after instanceof ResumePoint.Time time) {
            return node.bus()
                    .request(Addresses.POSITION_AT, new PositionAtTimeQuery(stream, time.micros()))
                    .map(moment -> new HistoryQuery(stream, moment.position().offset(), limit, false));
        }
        String given = ((ResumePoint.Told) after).position();
        if (visibility.unrestricted()) {
            Position position = Position.parse(given);
            return position == null
                    ? Future.failedFuture(noPosition())
                    : Future.succeededFuture(new HistoryQuery(stream, position.offset(), limit, false));
        }
        // A sealed position is decrypted with the stream's epoch, which only history has.
        return node.bus()
                .request(Addresses.HISTORY, new HistoryQuery(stream, 0, 1, true))
                .map(page -> {
                    Position open = seal.open(stream, page.epoch(), given);
                    if (open == null) {
                        throw noPosition();
                    }
                    return new HistoryQuery(stream, open.offset(), limit, false);
                });
    }

    private static MillraceException noPosition() {
        return new MillraceException(Failure.BAD_MESSAGE, "after is not a valid position of this stream");
    }

    private static void requireEpoch(RoutingContext ctx, String stream, HistoryPage page) {
        String after = ctx.request().getParam("after");
        Position position = after == null ? null : Position.parse(after);
        if (position != null
                && !position.epoch().equals(page.epoch())
                && !position.epoch().equals(Position.NO_EPOCH)) {
            throw new MillraceException(
                    Failure.NOT_FOUND, "the stream " + stream + " was reset; that position belongs to its old epoch");
        }
    }

    private int number(RoutingContext ctx, String name, int fallback) {
        String text = ctx.request().getParam(name);
        return (int) Math.min(settings.historyLimit(), Parameters.wholeNumber(name, text, fallback, 1, MOST_SAID));
    }

    private Future<Void> send(
            RoutingContext ctx, String stream, VisibleHistory.Found found, Visibility visibility, Principal who) {
        String next = next(ctx, stream, found, visibility);
        byte[] body = JsonWriter.object(json -> {
            json.writeArrayFieldStart("events");
            for (CommittedEvent event : found.events()) {
                ClientMessage message = ClientMessage.of(node.domains(), event);
                json.writeJson(visibility.unrestricted() ? message.line() : message.sealedLine(seal));
            }
            json.writeEndArray();
            json.writeStringField("next", next);
            if (found.more()) {
                json.writeBooleanField("more", true);
            }
        });
        // The tag of an empty page may reveal only that it is empty: `next` is another text each time, or has the
        // stream's head.
        String etag = found.events().isEmpty() && !visibility.unrestricted() && !found.more()
                ? "\"0\""
                : "\"" + next + "." + found.events().size() + "\"";
        return response.send(
                ctx, who, etag, body, SharedCache.key("stream", stream), SharedCache.key("events", stream));
    }

    /** The position of the last event, or the client's position; the end of the read if its time was up. */
    private String next(RoutingContext ctx, String stream, VisibleHistory.Found found, Visibility visibility) {
        List<CommittedEvent> events = found.events();
        Position last = events.isEmpty() ? null : events.get(events.size() - 1).position();
        if (visibility.unrestricted()) {
            return (last == null ? found.start() : last).toString();
        }
        if (found.more() && found.start().offset() > 0) {
            return seal.sealCursor(stream, found.start());
        }
        if (last != null) {
            return seal.sealEvent(stream, last);
        }
        ResumePoint after = ResumePoint.parse(ctx.request().getParam("after"));
        return after instanceof ResumePoint.Told told ? told.position() : seal.sealCursor(stream, found.start());
    }
}

package io.millrace.api.query;

import io.millrace.api.ApiSettings;
import io.millrace.api.answer.ConditionalResponse;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.filter.EventTree;
import io.millrace.contracts.filter.Filter;
import io.millrace.contracts.stream.HistoryQuery;
import io.millrace.contracts.stream.PositionAtTimeQuery;
import io.millrace.contracts.text.ClientJson;
import io.millrace.contracts.text.JsonWriter;
import io.millrace.contracts.text.Parameters;
import io.millrace.domain.model.Namespace;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.delivery.ClientMessage;
import io.millrace.platform.delivery.PositionCipher;
import io.millrace.platform.delivery.ResumePoint;
import io.millrace.platform.delivery.Visibility;
import io.millrace.platform.http.SharedCache;
import io.millrace.platform.node.NodeContext;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /api/streams/{stream}/events}: history, oldest first, in the form in which it was delivered. A page may
 * have fewer events than the limit, when they are large; {@code next} continues after it, {@code previous} before it. With
 * {@code filter} only events that match are answered; each answer reads for two seconds at most, and {@link FilteredReads} bounds
 * how many do so at once. {@code gap} names positions behind {@code after} that history has removed.
 */
public final class HistoryRoute {
    /** The largest {@code limit} that is accepted; an answer has no more than the settings allow. */
    private static final int MOST_SAID = 999_999;

    private final NodeContext node;
    private final ApiSettings settings;
    private final ConditionalResponse response;
    private final FilteredReads filtered;
    private final PositionCipher seal;

    public HistoryRoute(NodeContext node, ApiSettings settings, ConditionalResponse response, FilteredReads filtered) {
        this.node = node;
        this.settings = settings;
        this.response = response;
        this.filtered = filtered;
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
        return query(ctx, stream, visibility)
                .compose(query -> query.plain()
                        ? sendPlain(ctx, query, visibility, who)
                        : (query.filter() == null
                                        ? findVisible(ctx, query, visibility, who)
                                        : filtered.run(() -> findVisible(ctx, query, visibility, who)))
                                .compose(found -> send(ctx, query, found, visibility, who)));
    }

    private Future<Void> sendPlain(RoutingContext ctx, PageQuery query, Visibility visibility, Principal who) {
        HistoryQuery asked = query.page();
        return node.bus().request(Addresses.HISTORY, asked).compose(page -> {
            requirePosition(ctx, asked.stream(), page.epoch(), page.head());
            List<CommittedEvent> events = page.events();
            long end = Math.min(page.head(), asked.last() ? page.head() : asked.after());
            Position first = events.isEmpty() ? null : events.get(0).position();
            boolean older = asked.last() && first != null && first.offset() > page.oldest();
            return send(
                    ctx,
                    query,
                    new VisibleHistory.Found(
                            events, new Position(page.epoch(), end), false, older ? first : null, page.oldest()),
                    visibility,
                    who);
        });
    }

    private Future<VisibleHistory.Found> findVisible(
            RoutingContext ctx, PageQuery query, Visibility visibility, Principal who) {
        HistoryQuery page = query.page();
        Filter filter = query.filter();
        VisibleHistory history = new VisibleHistory(
                node.vertx(),
                node.bus(),
                page.stream(),
                event -> visibility.sees(event.event(), who, "")
                        && (filter == null || filter.matches(EventTree.of(event.event()))),
                page.limit(),
                filter == null ? VisibleHistory.MAX_EMPTY_MS : VisibleHistory.MAX_MS,
                () -> ctx.response().closed(),
                () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()));
        return (page.last() ? history.last(query.before()) : history.after(page.after())).map(found -> {
            if (visibility.unrestricted()) {
                requirePosition(ctx, page.stream(), found.start().epoch(), Long.MAX_VALUE);
            }
            return found;
        });
    }

    private Future<PageQuery> query(RoutingContext ctx, String stream, Visibility visibility) {
        boolean last = ctx.request().getParam("last") != null;
        int limit = number(ctx, last ? "last" : "limit", Math.min(100, settings.historyLimit()));
        String text = ctx.request().getParam("filter");
        Filter filter = text == null ? null : Filter.parse(ClientJson.value("filter", text));
        boolean whole = visibility.unrestricted();
        ResumePoint after = ResumePoint.parse(ctx.request().getParam("after"));
        String before = ctx.request().getParam("before");
        if (before != null && !last) {
            throw new MillraceException(Failure.BAD_MESSAGE, "before needs last: how many events before it");
        }
        if (last) {
            HistoryQuery page = new HistoryQuery(stream, 0, limit, true);
            return end(before, stream, visibility).map(end -> new PageQuery(page, end, Long.MAX_VALUE, filter, whole));
        }
        return (after == null
                        ? Future.succeededFuture(PageQuery.Start.KEPT)
                        : start(after, "after", stream, visibility))
                .map(start -> new PageQuery(
                        new HistoryQuery(stream, start.offset(), limit, false),
                        Long.MAX_VALUE,
                        start.first(),
                        filter,
                        whole));
    }

    /** The offset before which the last events are read. */
    private Future<Long> end(@Nullable String before, String stream, Visibility visibility) {
        ResumePoint point = ResumePoint.parse("before", before);
        if (point == null) {
            return Future.succeededFuture(Long.MAX_VALUE);
        }
        Future<Long> offset = start(point, "before", stream, visibility).map(PageQuery.Start::offset);
        return point instanceof ResumePoint.Time ? offset.map(last -> last + 1) : offset;
    }

    /** The offset of a position, or of the last event before a time. */
    private Future<PageQuery.Start> start(ResumePoint point, String name, String stream, Visibility visibility) {
        if (point instanceof ResumePoint.Beginning) {
            return Future.succeededFuture(PageQuery.Start.KEPT);
        }
        if (point instanceof ResumePoint.Time time) {
            return node.bus()
                    .request(Addresses.POSITION_AT, new PositionAtTimeQuery(stream, time.micros()))
                    .map(moment ->
                            new PageQuery.Start(moment.position().offset(), moment.complete() ? Long.MAX_VALUE : 1));
        }
        String given = ((ResumePoint.Told) point).position();
        if (visibility.unrestricted()) {
            Position position = Position.parse(given);
            return position == null
                    ? Future.failedFuture(noPosition(name))
                    : Future.succeededFuture(PageQuery.Start.behind(position));
        }
        // A sealed position is decrypted with the stream's epoch, which only history has.
        return node.bus()
                .request(Addresses.HISTORY, new HistoryQuery(stream, 0, 1, true))
                .map(page -> {
                    Position open = seal.open(stream, page.epoch(), given);
                    if (open == null) {
                        throw noPosition(name);
                    }
                    return PageQuery.Start.behind(open);
                });
    }

    private static MillraceException noPosition(String name) {
        return new MillraceException(Failure.BAD_MESSAGE, name + " is not a valid position of this stream");
    }

    /** A position past the head was given out by a database that was newer than this one. */
    private static void requirePosition(RoutingContext ctx, String stream, String epoch, long head) {
        for (String name : List.of("after", "before")) {
            String given = ctx.request().getParam(name);
            Position position = given == null ? null : Position.parse(given);
            if (position != null
                    && !position.epoch().equals(epoch)
                    && !position.epoch().equals(Position.NO_EPOCH)) {
                throw new MillraceException(
                        Failure.NOT_FOUND,
                        "the stream " + stream + " was reset; that position belongs to its old epoch");
            }
            if (position != null && position.epoch().equals(epoch) && position.offset() > head) {
                throw new MillraceException(
                        Failure.NOT_FOUND, "the stream " + stream + " has lost its end; that position is behind it");
            }
        }
    }

    private int number(RoutingContext ctx, String name, int fallback) {
        String text = ctx.request().getParam(name);
        return (int) Math.min(settings.historyLimit(), Parameters.wholeNumber(name, text, fallback, 1, MOST_SAID));
    }

    private Future<Void> send(
            RoutingContext ctx, PageQuery query, VisibleHistory.Found found, Visibility visibility, Principal who) {
        String stream = query.page().stream();
        boolean nothing = found.events().isEmpty() && !found.more();
        String next = nothing && isGap(query, found)
                ? position(stream, removed(found), visibility)
                : next(ctx, stream, found, visibility);
        // The tag of an empty page may reveal only that it is empty: `next` is another text each time, or has the
        // stream's head.
        String etag = nothing && !visibility.unrestricted() && !isGap(query, found)
                ? "\"0\""
                : "\"" + next + "." + found.events().size() + "\"";
        byte[] body = body(query, found, visibility, next);
        return query.isClosed(found.events().size()) && !isGap(query, found)
                ? response.sendClosed(ctx, who, etag, body, stream)
                : response.send(
                        ctx, who, etag, body, SharedCache.key("stream", stream), SharedCache.key("events", stream));
    }

    private byte[] body(PageQuery query, VisibleHistory.Found found, Visibility visibility, String next) {
        String stream = query.page().stream();
        return JsonWriter.object(json -> {
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
            if (isGap(query, found)) {
                Position first = new Position(found.start().epoch(), query.first());
                json.writeObjectFieldStart("gap");
                json.writeStringField("from", position(stream, first, visibility));
                json.writeStringField("to", position(stream, removed(found), visibility));
                json.writeStringField("reason", "history");
                json.writeEndObject();
            }
            Position earlier = found.earlier();
            if (earlier != null) {
                json.writeStringField("previous", previous(stream, earlier, found.more(), visibility));
            }
        });
    }

    /** Whether history has removed events that the page should have. */
    private static boolean isGap(PageQuery query, VisibleHistory.Found found) {
        return query.first() < found.oldest();
    }

    /** The position of the last event that was removed. */
    private static Position removed(VisibleHistory.Found found) {
        return new Position(found.start().epoch(), found.oldest() - 1);
    }

    private String position(String stream, Position position, Visibility visibility) {
        return visibility.unrestricted() ? position.toString() : seal.sealCursor(stream, position);
    }

    /** Where the last events before these are: before the first event, or before what was read when the time was up. */
    private String previous(String stream, Position earlier, boolean cursor, Visibility visibility) {
        if (visibility.unrestricted()) {
            return earlier.toString();
        }
        return cursor ? seal.sealCursor(stream, earlier) : seal.sealEvent(stream, earlier);
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

package io.millrace.api;

import io.millrace.contracts.Addresses;
import io.millrace.contracts.Committed;
import io.millrace.contracts.Failure;
import io.millrace.contracts.HistoryPage;
import io.millrace.contracts.HistoryQuery;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.MomentQuery;
import io.millrace.contracts.Position;
import io.millrace.contracts.domain.Namespace;
import io.millrace.contracts.text.Parameters;
import io.millrace.platform.Node;
import io.millrace.platform.Principal;
import io.millrace.platform.Problems;
import io.millrace.platform.delivery.Message;
import io.millrace.platform.delivery.PositionSeal;
import io.millrace.platform.delivery.ResumePoint;
import io.millrace.platform.delivery.Visibility;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /api/streams/{stream}/events}: history, oldest first, in the very words in which it was delivered. A page may
 * hold fewer events than asked for, when some weren't for the reader; {@code next} goes on from there all the same.
 */
final class HistoryRoute {
    /** More than is given may be asked for, but no nonsense. */
    private static final int MOST_SAID = 999_999;

    private final Node node;
    private final ApiSettings settings;
    private final PositionSeal seal;

    HistoryRoute(Node node, ApiSettings settings) {
        this.node = node;
        this.settings = settings;
        this.seal = new PositionSeal(node.tokens().keyFor("position"));
    }

    void answer(RoutingContext ctx) {
        node.tokens()
                .ofHeader(ctx.request().getHeader(HttpHeaders.AUTHORIZATION))
                .compose(who -> answer(ctx, who))
                .onFailure(error -> Problems.answer(ctx, error));
    }

    private Future<Void> answer(RoutingContext ctx, Principal who) {
        String stream = Objects.requireNonNull(ctx.pathParam("stream"));
        Namespace namespace = node.domains().namespaceOf(stream);
        Visibility visibility =
                namespace == null ? Visibility.NOTHING : Visibility.of(node.domains(), namespace, stream, who);
        if (visibility.nothing()) {
            throw Absence.of(
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
        String last = ctx.request().getParam("last");
        int limit = number(ctx, last == null ? "limit" : "last", Math.min(100, settings.historyLimit()));
        return query(ctx, stream, visibility, last != null, limit)
                .compose(query -> node.bus().request(Addresses.HISTORY, query).compose(page -> {
                    requireEpoch(ctx, stream, visibility, page);
                    return send(ctx, page, query, visibility, who);
                }));
    }

    private Future<HistoryQuery> query(
            RoutingContext ctx, String stream, Visibility visibility, boolean last, int limit) {
        ResumePoint after = ResumePoint.parse(ctx.request().getParam("after"));
        if (last || after == null || after instanceof ResumePoint.Beginning) {
            return Future.succeededFuture(new HistoryQuery(stream, 0, limit, last));
        }
        if (after instanceof ResumePoint.Time time) {
            return node.bus()
                    .request(Addresses.MOMENT, new MomentQuery(stream, time.micros()))
                    .map(moment -> new HistoryQuery(stream, moment.position().offset(), limit, false));
        }
        String told = ((ResumePoint.Told) after).position();
        if (visibility.whole()) {
            Position position = Position.parse(told);
            return position == null
                    ? Future.failedFuture(noPosition())
                    : Future.succeededFuture(new HistoryQuery(stream, position.offset(), limit, false));
        }
        // A sealed position is read with the stream's epoch, which only history knows.
        return node.bus()
                .request(Addresses.HISTORY, new HistoryQuery(stream, 0, 1, true))
                .map(page -> {
                    Position open = seal.open(stream, page.epoch(), told);
                    if (open == null) {
                        throw noPosition();
                    }
                    return new HistoryQuery(stream, open.offset(), limit, false);
                });
    }

    private static MillraceException noPosition() {
        return new MillraceException(Failure.BAD_MESSAGE, "after is no position of this stream");
    }

    private static void requireEpoch(RoutingContext ctx, String stream, Visibility visibility, HistoryPage page) {
        String after = ctx.request().getParam("after");
        Position position = after == null || !visibility.whole() ? null : Position.parse(after);
        if (position != null
                && !position.epoch().equals(page.epoch())
                && !position.epoch().equals(Position.NO_EPOCH)) {
            throw new MillraceException(
                    Failure.NOT_FOUND, "the stream " + stream + " was begun anew; that position is of the old one");
        }
    }

    private int number(RoutingContext ctx, String name, int fallback) {
        String text = ctx.request().getParam(name);
        return (int) Math.min(settings.historyLimit(), Parameters.whole(name, text, fallback, 1, MOST_SAID));
    }

    private Future<Void> send(
            RoutingContext ctx, HistoryPage page, HistoryQuery query, Visibility visibility, Principal who) {
        Buffer body = Buffer.buffer("{\"events\":[");
        boolean first = true;
        Position next = new Position(page.epoch(), Math.min(page.head(), query.last() ? page.head() : query.after()));
        for (Committed event : page.events()) {
            if (event.position() != null) {
                next = event.position();
            }
            if (visibility.sees(event.event(), who, "")) {
                Message message = Message.of(node.domains(), event);
                body.appendString(first ? "" : ",")
                        .appendBytes(visibility.whole() ? message.line() : message.sealedLine(seal));
                first = false;
            }
        }
        String position = text(page.stream(), visibility, next);
        body.appendString("],\"next\":\"").appendString(position).appendString("\"}");
        String etag = "\"" + position + "." + page.events().size() + "\"";
        var response = ctx.response()
                .putHeader(HttpHeaders.ETAG, etag)
                // The same page reads otherwise for who sees a part.
                .putHeader(HttpHeaders.VARY, "Authorization")
                .putHeader(HttpHeaders.CACHE_CONTROL, "private, no-cache");
        if (Etags.match(ctx, etag)) {
            return response.setStatusCode(304).end();
        }
        return response.putHeader(HttpHeaders.CONTENT_TYPE, "application/json").end(body);
    }

    private String text(String stream, Visibility visibility, @Nullable Position position) {
        Position known = position == null ? Position.EMPTY : position;
        return visibility.whole() || known.epoch().equals(Position.NO_EPOCH)
                ? known.toString()
                : seal.seal(stream, known);
    }
}

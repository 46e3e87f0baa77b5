package io.millrace.api.journey;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.journey.Journey;
import io.millrace.contracts.journey.JourneyQuery;
import io.millrace.contracts.stream.HistoryQuery;
import io.millrace.contracts.text.Json;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.delivery.ClientMessage;
import io.millrace.platform.delivery.PositionCipher;
import io.millrace.platform.node.NodeContext;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * {@code GET /api/events/{id}}: the events of an id, one for each source, as far as the client may see them, each in the form
 * in which it was delivered once it is committed.
 */
public final class EventRoute {
    /** The sources of one answer, of which each costs a read. */
    private static final int MAX_SOURCES = 10;

    private final NodeContext node;
    private final JourneySearch search;
    private final PositionCipher cipher;

    public EventRoute(NodeContext node, JourneySearch search) {
        this.node = node;
        this.search = search;
        this.cipher = new PositionCipher(node.tokens().keyFor("position"));
    }

    public Future<JsonObject> events(RoutingContext ctx, Principal who) {
        JourneyQuery query = new JourneyQuery(
                Objects.requireNonNull(ctx.pathParam("id")), ctx.request().getParam("source"));
        return search.visible(query, who).compose(found -> {
            List<Future<JsonObject>> described = new ArrayList<>();
            for (Journey journey : found.subList(0, Math.min(MAX_SOURCES, found.size()))) {
                described.add(described(journey, who));
            }
            return Future.all(described).map(all -> {
                JsonArray events = new JsonArray();
                described.forEach(one -> events.add(one.result()));
                JsonObject answer = new JsonObject().put("events", events);
                return found.size() > MAX_SOURCES ? answer.put("more", true) : answer;
            });
        });
    }

    private Future<JsonObject> described(Journey journey, Principal who) {
        JsonObject json = new JsonObject()
                .put("id", journey.event().id())
                .put("source", journey.event().source())
                .put("type", journey.event().type())
                .put("stream", journey.event().stream())
                .put("status", JourneyJson.status(journey));
        Position position = journey.position();
        if (position == null) {
            return Future.succeededFuture(json);
        }
        boolean whole = search.visibility(journey, who).unrestricted();
        HistoryQuery at = new HistoryQuery(journey.event().stream(), position.offset() - 1, 1, false);
        return node.bus().request(Addresses.HISTORY, at).map(page -> {
            for (CommittedEvent event : page.events()) {
                // Its stream may have been reset since.
                if (position.equals(event.position())) {
                    ClientMessage message = ClientMessage.of(node.domains(), event);
                    // Numbers keep every digit.
                    byte[] line = whole ? message.line() : message.sealedLine(cipher);
                    json.put("message", new JsonObject(Json.map(line)));
                    entity(event, json);
                }
            }
            return json;
        });
    }

    private static void entity(CommittedEvent event, JsonObject json) {
        if (event.event().entity() != null) {
            json.put(
                    "entity",
                    new JsonObject()
                            .put("kind", event.event().entity().kind())
                            .put("id", event.event().entity().id()));
        }
    }
}

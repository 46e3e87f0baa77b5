package io.millrace.api.query;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.CommitPath;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.journey.Deliveries;
import io.millrace.contracts.journey.DeliveryQuery;
import io.millrace.contracts.journey.Journey;
import io.millrace.contracts.journey.Journey.Happened;
import io.millrace.contracts.journey.Journey.Stop;
import io.millrace.contracts.journey.JourneyQuery;
import io.millrace.contracts.journey.Journeys;
import io.millrace.contracts.text.Micros;
import io.millrace.domain.DomainModel;
import io.millrace.domain.access.Role;
import io.millrace.domain.model.Namespace;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.delivery.Visibility;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /api/events/{id}/journey}: the stages that an event passed, with times, and its end or present place. For
 * a client that may not see the event, the answer is the same as for an unknown one.
 *
 * <p>{@code ?user=} and {@code ?connection=} ask whether the event reached that user's connections, or that
 * connection, or why not: every user may ask about itself, and roles that manage connections about any user.
 */
public final class JourneyRoute {
    private final DomainModel domains;
    private final Bus bus;

    public JourneyRoute(DomainModel domains, Bus bus) {
        this.domains = domains;
        this.bus = bus;
    }

    public Future<JsonObject> journey(RoutingContext ctx, Principal who) {
        String id = Objects.requireNonNull(ctx.pathParam("id"));
        JourneyQuery query = new JourneyQuery(id, ctx.request().getParam("source"));
        String connection = ctx.request().getParam("connection");
        String user = user(ctx.request().getParam("user"), connection, who);
        return find(query)
                .map(found -> only(found, id, who))
                .compose(journey -> described(journey, user, connection, who));
    }

    private Journey only(List<Journey> found, String id, Principal who) {
        List<Journey> seen = found.stream()
                .filter(journey -> visibility(journey, who).sees(journey.event(), who, ""))
                .toList();
        if (seen.isEmpty()) {
            throw new MillraceException(Failure.NOT_FOUND, "there is no event " + id + ", or you may not see it");
        }
        if (seen.size() > 1) {
            throw new MillraceException(
                    Failure.BAD_MESSAGE, "several sources have an event " + id + ": name one, ?source=");
        }
        return seen.get(0);
    }

    /** The user of the connections; null for any user. */
    private @Nullable String user(@Nullable String user, @Nullable String connection, Principal who) {
        if ((user == null && connection == null) || operator(who)) {
            return user;
        }
        if (!who.authenticated() || (user != null && !user.equals(who.user()))) {
            throw who.refusal("you may ask about the deliveries to yourself alone");
        }
        return who.user();
    }

    private boolean operator(Principal who) {
        return domains.rights().mayManage(who.roles(), Role.CONNECTIONS);
    }

    /** The journey with its deliveries, if requested. An uncommitted event has none. */
    private Future<JsonObject> described(
            Journey journey, @Nullable String user, @Nullable String connection, Principal who) {
        boolean knowsPublisher = operator(who) || journey.event().publisher().equals(who.user());
        JsonObject json = json(journey, visibility(journey, who).unrestricted(), knowsPublisher);
        if (user == null && connection == null) {
            return Future.succeededFuture(json);
        }
        Position position = journey.position();
        if (position == null) {
            return Future.succeededFuture(json.put("delivery", new JsonArray()));
        }
        return bus.request(Addresses.DELIVERY, new DeliveryQuery(journey.event(), position, user, connection))
                .map(found -> json.put("delivery", deliveries(found, operator(who))));
    }

    private static JsonArray deliveries(Deliveries found, boolean operator) {
        JsonArray json = new JsonArray();
        for (Deliveries.Delivery delivery : found.deliveries()) {
            JsonObject one = new JsonObject();
            if (!delivery.connection().isEmpty()) {
                one.put("connection", delivery.connection());
            }
            if (operator && !delivery.node().isEmpty()) {
                one.put("node", delivery.node());
            }
            one.put("outcome", delivery.status().wire());
            if (delivery.atMicros() != 0) {
                one.put("at", Micros.text(delivery.atMicros()));
            }
            json.add(one);
        }
        return json;
    }

    /**
     * The journeys in PostgreSQL; if one hasn't ended, those in the queue; and PostgreSQL once more, in case the event
     * was committed in between.
     */
    private Future<List<Journey>> find(JourneyQuery query) {
        return committed(query)
                .compose(known -> over(known) ? Future.succeededFuture(known) : waiting(query, known))
                .recover(error -> MillraceException.of(error).failure() == Failure.UNAVAILABLE
                        ? waiting(query, List.of())
                        : Future.failedFuture(error));
    }

    private Future<List<Journey>> committed(JourneyQuery query) {
        return bus.request(Addresses.JOURNEY, query).map(Journeys::journeys);
    }

    private Future<List<Journey>> waiting(JourneyQuery query, List<Journey> known) {
        return bus.request(Addresses.QUEUE_SEARCH, query)
                .map(Journeys::journeys)
                .compose(waiting ->
                        waiting.isEmpty() ? committed(query) : Future.succeededFuture(joined(known, waiting)));
    }

    private static boolean over(List<Journey> journeys) {
        return !journeys.isEmpty()
                && journeys.stream().allMatch(journey -> journey.ended() || last(journey) != Happened.REDRIVEN);
    }

    private static @Nullable Happened last(Journey journey) {
        List<Stop> stops = journey.stops();
        return stops.isEmpty() ? null : stops.get(stops.size() - 1).happened();
    }

    /** A redriven event waits again. */
    private static List<Journey> joined(List<Journey> before, List<Journey> waiting) {
        Map<String, Journey> bySource = new LinkedHashMap<>();
        before.forEach(journey -> bySource.put(journey.event().source(), journey));
        waiting.forEach(journey -> bySource.merge(
                journey.event().source(),
                journey,
                (known, now) -> known.ended()
                        ? known
                        : known.with(Stream.concat(known.stops().stream(), now.stops().stream())
                                .toList())));
        return List.copyOf(bySource.values());
    }

    private Visibility visibility(Journey journey, Principal who) {
        String stream = journey.event().stream();
        Namespace namespace = domains.namespaceOf(stream);
        return namespace == null ? Visibility.NOTHING : Visibility.of(domains, namespace, stream, who);
    }

    private static JsonObject json(Journey journey, boolean whole, boolean knowsPublisher) {
        Event event = journey.event();
        JsonObject json = new JsonObject()
                .put("id", event.id())
                .put("source", event.source())
                .put("type", event.type())
                .put("stream", event.stream())
                .put("priority", event.priority().wire());
        if (knowsPublisher) {
            json.put("publisher", event.publisher());
        }
        json.put("status", status(journey));
        CommitPath path = journey.path();
        if (path != null) {
            json.put("path", path.path().name().toLowerCase(Locale.ROOT)).put("attempts", path.attempt());
        }
        return json.put("stages", stages(journey, whole));
    }

    private static String status(Journey journey) {
        if (journey.ended()) {
            return journey.droppedBy() == null ? "committed" : "expired";
        }
        Happened last = last(journey);
        return last == null ? "unknown" : last.name().toLowerCase(Locale.ROOT);
    }

    private static JsonArray stages(Journey journey, boolean whole) {
        JsonArray stages = new JsonArray();
        if (journey.event().acceptedAtMicros() != 0) {
            stages.add(stage("ingest", "accepted", journey.event().acceptedAtMicros()));
        }
        for (Stop stop : journey.stops()) {
            stages.add(stage(stop, whole));
        }
        if (!journey.ended()) {
            return stages;
        }
        CommitPath path = journey.path();
        if (path != null && path.takenMicros() != 0) {
            stages.add(stage("queue", "taken", path.takenMicros()));
        }
        if (journey.droppedBy() != null) {
            return stages.add(stage(journey.droppedBy(), "expired", journey.endedMicros()));
        }
        JsonObject committed = stage("persistence", "committed", journey.endedMicros());
        if (whole) {
            // To a client that sees only a part, a position would reveal how many events there are.
            committed.put("position", String.valueOf(journey.position()));
        }
        if (journey.entityVersion() != 0) {
            committed.put("entityVersion", journey.entityVersion());
        } else if (journey.event().entity() != null) {
            committed.put("superseded", true);
        }
        return stages.add(committed);
    }

    private static JsonObject stage(Stop stop, boolean whole) {
        JsonObject json = stage("queue", stop.happened().name().toLowerCase(Locale.ROOT), stop.atMicros());
        if (stop.code() != null) {
            json.put("attempts", stop.attempts()).put("code", stop.code()).put("detail", stop.message());
        }
        if (stop.by() != null && whole) {
            json.put("by", stop.by());
        }
        return json;
    }

    private static JsonObject stage(String name, String outcome, long micros) {
        return new JsonObject().put("stage", name).put("outcome", outcome).put("at", Micros.text(micros));
    }
}

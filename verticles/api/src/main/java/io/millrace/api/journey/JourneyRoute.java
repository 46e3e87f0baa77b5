package io.millrace.api.journey;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.journey.DeliveryQuery;
import io.millrace.contracts.journey.DeliverySummaryQuery;
import io.millrace.contracts.journey.Journey;
import io.millrace.contracts.journey.JourneyQuery;
import io.millrace.contracts.text.Parameters;
import io.millrace.domain.DomainModel;
import io.millrace.domain.access.Role;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /api/events/{id}/journey}: the stages that an event passed, with times, and its end or present place. For
 * a client that may not see the event, the answer is the same as for an unknown one.
 *
 * <p>{@code ?user=} and {@code ?connection=} ask whether the event reached that user's connections, or that
 * connection, or why not: every user may ask about itself, and roles that manage connections about any user.
 * {@code ?everyone=true} asks the same about all connections, and is for these roles alone.
 */
public final class JourneyRoute {
    /** The examples of each outcome at all connections. */
    private static final int MAX_EXAMPLES = 10;

    private final DomainModel domains;
    private final Bus bus;
    private final JourneySearch search;

    public JourneyRoute(DomainModel domains, Bus bus, JourneySearch search) {
        this.domains = domains;
        this.bus = bus;
        this.search = search;
    }

    public Future<JsonObject> journey(RoutingContext ctx, Principal who) {
        String id = Objects.requireNonNull(ctx.pathParam("id"));
        JourneyQuery query = new JourneyQuery(id, ctx.request().getParam("source"));
        String connection = ctx.request().getParam("connection");
        String user = user(ctx.request().getParam("user"), connection, who);
        boolean everyone = Parameters.flag("everyone", ctx.request().getParam("everyone"), false);
        if (everyone && !operator(who)) {
            throw who.refusal("none of your roles may ask about the deliveries to everyone");
        }
        return search.visible(query, who).map(found -> only(found, id)).compose(journey -> described(
                        journey, user, connection, who)
                .compose(json -> everyone ? withSummary(journey, json) : Future.succeededFuture(json)));
    }

    private static Journey only(List<Journey> seen, String id) {
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
        JsonObject json =
                JourneyJson.json(journey, search.visibility(journey, who).unrestricted(), knowsPublisher);
        if (user == null && connection == null) {
            return Future.succeededFuture(json);
        }
        Position position = journey.position();
        if (position == null) {
            return Future.succeededFuture(json.put("delivery", new JsonArray()));
        }
        return bus.request(Addresses.DELIVERY, new DeliveryQuery(journey.event(), position, user, connection))
                .map(found -> json.put("delivery", JourneyJson.deliveries(found, operator(who))));
    }

    /** An uncommitted event reached no connection, and there is nothing to ask. */
    private Future<JsonObject> withSummary(Journey journey, JsonObject json) {
        Position position = journey.position();
        return position == null
                ? Future.succeededFuture(json)
                : bus.request(
                                Addresses.DELIVERY_SUMMARY,
                                new DeliverySummaryQuery(journey.event(), position, MAX_EXAMPLES))
                        .map(found -> json.put("everyone", JourneyJson.summary(found, MAX_EXAMPLES)));
    }
}

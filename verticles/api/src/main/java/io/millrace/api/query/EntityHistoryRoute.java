package io.millrace.api.query;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.entity.EntityHistory;
import io.millrace.contracts.entity.EntityHistoryQuery;
import io.millrace.contracts.entity.EntityQuery;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.Json;
import io.millrace.contracts.text.Micros;
import io.millrace.contracts.text.Parameters;
import io.millrace.domain.DomainModel;
import io.millrace.domain.access.Role;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.delivery.Visibility;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /api/entities/{kind}/{id}/history?stream=&before=&limit=}: which event changed what of an entity, newest first,
 * as merge patches. Changes by events that the client may not see are left out. A client that sees only a part of the entities
 * gets no patches, but the events' own data: by what a patch removes and by what it lacks it tells of the state before, which
 * may be of another owner. A change outlives its event: then the event is its position, and {@code removed}, for those who may
 * see all events of the stream.
 */
public final class EntityHistoryRoute {
    private static final int DEFAULT_LIMIT = 20;
    private static final int MAX_LIMIT = 100;
    private static final long MAX_BYTES = 1 << 20;

    private final DomainModel domains;
    private final Bus bus;

    public EntityHistoryRoute(DomainModel domains, Bus bus) {
        this.domains = domains;
        this.bus = bus;
    }

    public Future<JsonObject> history(RoutingContext ctx, Principal who) {
        String kind = Objects.requireNonNull(ctx.pathParam("kind"));
        EntityAccess access = EntityAccess.of(domains, who, kind, ctx.request().getParam("stream"));
        EntityRef ref = new EntityRef(kind, access.stream(), Objects.requireNonNull(ctx.pathParam("id")));
        EntityHistoryQuery query = new EntityHistoryQuery(
                ref,
                Parameters.wholeNumber("before", ctx.request().getParam("before"), Long.MAX_VALUE, 1, Long.MAX_VALUE),
                (int) Parameters.wholeNumber("limit", ctx.request().getParam("limit"), DEFAULT_LIMIT, 1, MAX_LIMIT),
                MAX_BYTES);
        return seen(access, ref, who)
                .compose(seen -> bus.request(Addresses.ENTITY_HISTORY, query))
                .map(history -> json(ref, history, access.visibility().all(), who));
    }

    /** Fails, where a client sees only some entities, with the same answer whether this one exists or not. */
    private Future<Void> seen(EntityAccess access, EntityRef ref, Principal who) {
        if (access.visibility().all()) {
            return Future.succeededFuture();
        }
        return bus.request(Addresses.ENTITY, new EntityQuery(ref, true)).map(entity -> {
            byte[] state = entity.state();
            if (state == null || !access.visibility().sees(Json.parse(state))) {
                throw EntityAccess.denied(who, ref.kind());
            }
            return null;
        });
    }

    private JsonObject json(EntityRef ref, EntityHistory history, boolean all, Principal who) {
        List<EntityHistory.Change> found = history.changes();
        if (found.isEmpty() && all) {
            throw new MillraceException(
                    Failure.NOT_FOUND, "there is no " + ref.kind() + " " + ref.id() + ", or no earlier change of it");
        }
        Visibility visibility = Visibility.of(domains, ref.stream(), who);
        JsonArray changes = new JsonArray();
        for (EntityHistory.Change change : found) {
            // Of an event that isn't kept it is unknown who may see it.
            boolean seen =
                    change.isRemoved() ? all && visibility.unrestricted() : visibility.sees(change.event(), who, "");
            if (seen) {
                changes.add(json(change, all, visibility.unrestricted(), who));
            }
        }
        JsonObject json = new JsonObject()
                .put("kind", ref.kind())
                .put("id", ref.id())
                .put("stream", ref.stream())
                .put("changes", changes);
        return history.complete()
                ? json
                : json.put("next", found.get(found.size() - 1).version());
    }

    private JsonObject json(EntityHistory.Change change, boolean all, boolean whole, Principal who) {
        JsonObject event = change.isRemoved()
                ? new JsonObject().put("removed", true)
                : new JsonObject()
                        .put("id", change.event().id())
                        .put("source", change.event().source())
                        .put("type", change.event().type());
        if (whole) {
            // To a client that sees only a part, a position would reveal how many events there are.
            event.put("position", change.position().toString());
        }
        JsonObject json = new JsonObject()
                .put("version", change.version())
                .put("at", Micros.text(change.atMicros()))
                .put("event", event)
                .put(
                        "after",
                        change.after() == null
                                ? null
                                : all
                                        ? patch(change.after())
                                        : json(change.event().data()));
        if (all) {
            json.put("before", patch(change.before()));
        }
        String publisher = change.event().publisher();
        boolean knowsPublisher =
                domains.rights().mayManage(who.roles(), Role.CONNECTIONS) || publisher.equals(who.user());
        return knowsPublisher ? json.put("by", publisher) : json;
    }

    private static @Nullable JsonObject patch(@Nullable String json) {
        return json == null ? null : json(json.getBytes(StandardCharsets.UTF_8));
    }

    /** Numbers keep every digit. */
    private static JsonObject json(byte[] json) {
        return new JsonObject(Json.map(json));
    }
}

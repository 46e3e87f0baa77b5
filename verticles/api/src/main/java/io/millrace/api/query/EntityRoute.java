package io.millrace.api.query;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.millrace.api.answer.ConditionalResponse;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.entity.EntityQuery;
import io.millrace.contracts.entity.EntityState;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.JsonWriter;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.delivery.EntityVisibility;
import io.millrace.platform.delivery.Visibility;
import io.millrace.platform.http.ProblemResponses;
import io.millrace.platform.http.SharedCache;
import io.millrace.platform.node.NodeContext;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.util.Locale;
import java.util.Objects;

/**
 * {@code GET /api/entities/{kind}/{id}?stream=}: the present state of an entity, from the nearest cache that has it.
 */
public final class EntityRoute {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final NodeContext node;
    private final ConditionalResponse response;

    public EntityRoute(NodeContext node, ConditionalResponse response) {
        this.node = node;
        this.response = response;
    }

    public Future<Void> answer(RoutingContext ctx, Principal who) {
        String kind = Objects.requireNonNull(ctx.pathParam("kind"));
        EntityAccess access =
                EntityAccess.of(node.domains(), who, kind, ctx.request().getParam("stream"));
        EntityVisibility visibility = access.visibility();
        EntityRef ref = new EntityRef(kind, access.stream(), Objects.requireNonNull(ctx.pathParam("id")));
        String cacheControl = ctx.request().getHeader(HttpHeaders.CACHE_CONTROL);
        boolean fresh = cacheControl != null && cacheControl.contains("no-cache");
        return node.bus()
                .request(Addresses.CACHE, new EntityQuery(ref, fresh))
                // If the cache is unavailable, the entity is read from PostgreSQL.
                .recover(error -> MillraceException.of(error).failure() == Failure.UNAVAILABLE
                        ? node.bus().request(Addresses.ENTITY, new EntityQuery(ref, true))
                        : Future.failedFuture(error))
                .compose(state -> {
                    if (!visibility.all() && !sees(visibility, state)) {
                        // The same answer whether it exists or not.
                        throw EntityAccess.denied(who, kind);
                    }
                    return send(ctx, who, state, Visibility.isUnrestricted(node.domains(), ref.stream(), who));
                });
    }

    private static boolean sees(EntityVisibility visibility, EntityState state) {
        byte[] json = state.state();
        return json != null && visibility.sees(read(json));
    }

    private static JsonNode read(byte[] json) {
        try {
            return JSON.readTree(json);
        } catch (IOException impossible) {
            return JsonNodeFactory.instance.objectNode();
        }
    }

    private Future<Void> send(RoutingContext ctx, Principal who, EntityState state, boolean whole) {
        byte[] json = state.state();
        EntityRef entity = state.entity();
        // A stream that was reset, as after a restore from a backup, may have the same version with another state.
        String epoch = state.position().epoch();
        String etag = "\"" + state.version() + (Position.isOfReset(epoch) ? "." + epoch : "") + "\"";
        String[] keys = {
            SharedCache.key("stream", entity.stream()),
            SharedCache.key("entity", entity.stream(), entity.kind(), entity.id())
        };
        if (json == null) {
            return response.sendNothing(ctx, who, missing(ctx, state, etag), keys);
        }
        ctx.response().putHeader("X-Cache", state.level().name().toLowerCase(Locale.ROOT));
        byte[] answer = JsonWriter.object(body -> {
            body.writeStringField("kind", entity.kind());
            body.writeStringField("id", entity.id());
            body.writeStringField("stream", entity.stream());
            body.writeNumberField("version", state.version());
            if (whole) {
                // To a client that sees only a part, a position would reveal how many events there are.
                body.writeStringField("position", state.position().toString());
            }
            body.writeJsonField("state", json);
        });
        return response.send(ctx, who, etag, answer, keys);
    }

    /** A deleted entity has a version, which the next event increments. */
    private static JsonObject missing(RoutingContext ctx, EntityState state, String etag) {
        String what =
                "there is no " + state.entity().kind() + " " + state.entity().id();
        if (state.version() == 0) {
            return ProblemResponses.body(Failure.NOT_FOUND, what);
        }
        ctx.response().putHeader(HttpHeaders.ETAG, etag);
        return ProblemResponses.body(Failure.NOT_FOUND, what + " any more").put("version", state.version());
    }
}

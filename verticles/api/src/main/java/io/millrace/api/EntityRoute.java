package io.millrace.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.millrace.contracts.Addresses;
import io.millrace.contracts.EntityQuery;
import io.millrace.contracts.EntityRef;
import io.millrace.contracts.EntityState;
import io.millrace.contracts.Failure;
import io.millrace.contracts.MillraceException;
import io.millrace.platform.Node;
import io.millrace.platform.Principal;
import io.millrace.platform.Problems;
import io.millrace.platform.delivery.EntitySight;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.util.Locale;
import java.util.Objects;

/** {@code GET /api/entities/{kind}/{id}}: an entity as it stands, from the nearest place that has it. */
final class EntityRoute {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Node node;

    EntityRoute(Node node) {
        this.node = node;
    }

    void answer(RoutingContext ctx) {
        node.tokens()
                .ofHeader(ctx.request().getHeader(HttpHeaders.AUTHORIZATION))
                .compose(who -> answer(ctx, who))
                .onFailure(error -> Problems.answer(ctx, error));
    }

    private Future<Void> answer(RoutingContext ctx, Principal who) {
        EntityRef ref = new EntityRef(
                Objects.requireNonNull(ctx.pathParam("kind")), Objects.requireNonNull(ctx.pathParam("id")));
        EntitySight sight = EntitySight.of(node.domains(), who, ref.kind());
        if (sight.nothing()) {
            throw denied(ref);
        }
        String cacheControl = ctx.request().getHeader(HttpHeaders.CACHE_CONTROL);
        boolean fresh = cacheControl != null && cacheControl.contains("no-cache");
        return node.bus()
                .request(Addresses.CACHE, new EntityQuery(ref, fresh))
                // The cache is a shortcut, not a condition.
                .recover(error -> MillraceException.of(error).failure() == Failure.UNAVAILABLE
                        ? node.bus().request(Addresses.ENTITY, new EntityQuery(ref, true))
                        : Future.failedFuture(error))
                .compose(state -> {
                    if (!sight.all() && !sees(sight, state)) {
                        // The same answer whether it exists or not.
                        throw denied(ref);
                    }
                    return send(ctx, state, sight.all());
                });
    }

    private static boolean sees(EntitySight sight, EntityState state) {
        byte[] json = state.state();
        return json != null && sight.sees(read(json));
    }

    private static JsonNode read(byte[] json) {
        try {
            return JSON.readTree(json);
        } catch (IOException impossible) {
            return JsonNodeFactory.instance.objectNode();
        }
    }

    private static Future<Void> send(RoutingContext ctx, EntityState state, boolean all) {
        byte[] json = state.state();
        if (json == null) {
            throw new MillraceException(
                    Failure.NOT_FOUND,
                    "there is no " + state.entity().kind() + " "
                            + state.entity().id() + (state.version() > 0 ? " any more" : ""));
        }
        String etag = "\"" + state.version() + "\"";
        var response = ctx.response()
                .putHeader(HttpHeaders.ETAG, etag)
                .putHeader(HttpHeaders.VARY, "Authorization")
                .putHeader("X-Cache", state.level().name().toLowerCase(Locale.ROOT))
                .putHeader(HttpHeaders.CACHE_CONTROL, "private, no-cache");
        if (Etags.match(ctx, etag)) {
            return response.setStatusCode(304).end();
        }
        Buffer body = Buffer.buffer("{\"kind\":")
                .appendString(quoted(state.entity().kind()))
                .appendString(",\"id\":")
                .appendString(quoted(state.entity().id()))
                .appendString(",\"version\":" + state.version());
        if (all) {
            // Where only a part may be seen, a position would tell how much else there is.
            body.appendString(",\"stream\":")
                    .appendString(quoted(state.stream()))
                    .appendString(",\"position\":\"" + state.position() + "\"");
        }
        body.appendString(",\"state\":").appendBytes(json).appendString("}");
        return response.putHeader(HttpHeaders.CONTENT_TYPE, "application/json").end(body);
    }

    private static String quoted(String text) {
        return io.vertx.core.json.Json.encode(text);
    }

    private static MillraceException denied(EntityRef ref) {
        return new MillraceException(Failure.PERMISSION_DENIED, "none of your roles may see this " + ref.kind());
    }
}

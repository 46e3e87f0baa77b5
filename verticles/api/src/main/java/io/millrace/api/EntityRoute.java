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
import io.millrace.contracts.domain.EntityRule;
import io.millrace.contracts.domain.EventType;
import io.millrace.contracts.domain.Sight;
import io.millrace.contracts.domain.StreamTemplate;
import io.millrace.platform.Node;
import io.millrace.platform.Principal;
import io.millrace.platform.Problems;
import io.millrace.platform.delivery.EntitySight;
import io.millrace.platform.delivery.Visibility;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code GET /api/entities/{kind}/{id}?stream=}: an entity as it stands, from the nearest place that has it. */
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
        String kind = Objects.requireNonNull(ctx.pathParam("kind"));
        EntityRef ref = new EntityRef(
                kind, stream(ctx.request().getParam("stream"), kind, who), Objects.requireNonNull(ctx.pathParam("id")));
        EntitySight sight = EntitySight.of(node.domains(), who, kind, ref.stream());
        if (sight.nothing()) {
            throw seesEvery(kind, who)
                    ? new MillraceException(Failure.NOT_FOUND, "the stream " + ref.stream() + " has no " + kind)
                    : denied(kind, who);
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
                        throw denied(kind, who);
                    }
                    return send(ctx, state, Visibility.whole(node.domains(), ref.stream(), who));
                });
    }

    /** Whoever sees every entity of a kind is told what isn't there. */
    private boolean seesEvery(String kind, Principal who) {
        return node.domains().typesOfEntity(kind).stream()
                .allMatch(type ->
                        type.namespace().accessClaim() == null && node.domains().sight(who.roles(), type) == Sight.ALL);
    }

    /** An id is a name within its stream: which one is meant goes without saying only where there is but one. */
    private String stream(@Nullable String named, String kind, Principal who) {
        List<EventType> types = node.domains().typesOfEntity(kind);
        if (types.stream().allMatch(type -> node.domains().sight(who.roles(), type) == Sight.NONE)) {
            throw Absence.of(node.domains(), who, "kind of entity", kind, kinds());
        }
        if (named != null) {
            return named;
        }
        Set<StreamTemplate> streams =
                types.stream().map(type -> type.namespace().stream()).collect(Collectors.toSet());
        StreamTemplate one = streams.iterator().next();
        if (streams.size() > 1 || one.keyed()) {
            throw new MillraceException(
                    Failure.BAD_MESSAGE,
                    "stream is missing: the id of a " + kind + " is a name within its stream, "
                            + streams.stream()
                                    .map(StreamTemplate::toString)
                                    .sorted()
                                    .collect(Collectors.joining(" or ")));
        }
        return one.toString();
    }

    private Set<String> kinds() {
        return node.domains().types().stream()
                .flatMap(type -> Stream.ofNullable(type.entity()))
                .map(EntityRule::kind)
                .collect(Collectors.toSet());
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

    private static Future<Void> send(RoutingContext ctx, EntityState state, boolean whole) {
        byte[] json = state.state();
        String etag = "\"" + state.version() + "\"";
        if (json == null) {
            String what = "there is no " + state.entity().kind() + " "
                    + state.entity().id();
            return state.version() == 0
                    ? Future.failedFuture(new MillraceException(Failure.NOT_FOUND, what))
                    : gone(ctx, etag, state.version(), what);
        }
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
                .appendString(",\"stream\":")
                .appendString(quoted(state.entity().stream()))
                .appendString(",\"version\":" + state.version());
        if (whole) {
            // Where only a part may be seen, a position would tell how much else there is.
            body.appendString(",\"position\":\"" + state.position() + "\"");
        }
        body.appendString(",\"state\":").appendBytes(json).appendString("}");
        return response.putHeader(HttpHeaders.CONTENT_TYPE, "application/json").end(body);
    }

    /** What was deleted has a version: the next event makes the one after it. */
    private static Future<Void> gone(RoutingContext ctx, String etag, long version, String what) {
        JsonObject problem =
                Problems.body(Failure.NOT_FOUND, what + " any more").put("version", version);
        return ctx.response()
                .setStatusCode(Failure.NOT_FOUND.status())
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/problem+json")
                .putHeader(HttpHeaders.ETAG, etag)
                .end(problem.toBuffer());
    }

    private static String quoted(String text) {
        return io.vertx.core.json.Json.encode(text);
    }

    private static MillraceException denied(String kind, Principal who) {
        return who.refusal("none of your roles may see this " + kind);
    }
}

package io.millrace.api.query;

import io.millrace.api.ApiSettings;
import io.millrace.api.answer.ConditionalResponse;
import io.millrace.contracts.entity.EntityListQuery;
import io.millrace.contracts.entity.EntitySnapshot;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.JsonWriter;
import io.millrace.contracts.text.Parameters;
import io.millrace.contracts.text.Sha256;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.delivery.PositionCipher;
import io.millrace.platform.http.SharedCache;
import io.millrace.platform.node.NodeContext;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /api/entities/{kind}?stream=&limit=&after=}: the entities of a kind that the client may see, in the
 * order of their ids, page by page, from PostgreSQL.
 */
public final class EntityListRoute {
    private static final int DEFAULT_LIMIT = 100;
    private final NodeContext node;
    private final ApiSettings settings;
    private final ConditionalResponse response;
    private final PositionCipher cipher;

    public EntityListRoute(NodeContext node, ApiSettings settings, ConditionalResponse response) {
        this.node = node;
        this.settings = settings;
        this.response = response;
        this.cipher = new PositionCipher(node.tokens().keyFor("position"));
    }

    public Future<Void> answer(RoutingContext ctx, Principal who) {
        String kind = Objects.requireNonNull(ctx.pathParam("kind"));
        EntityAccess access =
                EntityAccess.of(node.domains(), who, kind, ctx.request().getParam("stream"));
        int most = settings.entityLimit();
        int limit = (int) Parameters.wholeNumber(
                "limit", ctx.request().getParam("limit"), Math.min(DEFAULT_LIMIT, most), 1, most);
        EntityListQuery query = new EntityListQuery(
                kind,
                access.stream(),
                access.visibility().all() ? null : who.user(),
                after(access, kind, ctx.request().getParam("after")),
                limit,
                settings.entityBytes());
        return new VisibleEntities(node.bus(), query, access.visibility()::sees)
                .read()
                .compose(found -> send(ctx, who, query, found));
    }

    private Future<Void> send(RoutingContext ctx, Principal who, EntityListQuery query, VisibleEntities.Found found) {
        byte[] body = JsonWriter.object(json -> {
            json.writeStringField("kind", query.kind());
            json.writeStringField("stream", query.stream());
            json.writeArrayFieldStart("entities");
            for (EntitySnapshot.Entity entity : found.entities()) {
                json.writeStartObject();
                json.writeStringField("id", entity.ref().id());
                json.writeNumberField("version", entity.version());
                json.writeJsonField("state", entity.state());
                json.writeEndObject();
            }
            json.writeEndArray();
            if (found.next() != null) {
                json.writeStringField("next", cipher.sealName(list(query.kind(), query.stream()), found.next()));
            }
        });
        return response.send(
                ctx,
                who,
                "\"" + Sha256.base64url(body) + "\"",
                body,
                SharedCache.key("stream", query.stream()),
                SharedCache.key("entities", query.stream(), query.kind()));
    }

    /** The id after which a page starts; empty for the first page. */
    private String after(EntityAccess access, String kind, @Nullable String next) {
        if (next == null) {
            return "";
        }
        String id = cipher.openName(list(kind, access.stream()), next);
        if (id == null) {
            throw new MillraceException(Failure.BAD_MESSAGE, "after must be what next of the page before says");
        }
        return id;
    }

    /** A page may end after a hidden entity, so {@code after} is encrypted. */
    private static String list(String kind, String stream) {
        return "entities:" + kind + ":" + stream;
    }
}

package io.millrace.api.query;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.stream.Heads;
import io.millrace.contracts.stream.StreamsQuery;
import io.millrace.contracts.text.Parameters;
import io.millrace.domain.DomainModel;
import io.millrace.domain.access.AccessLevel;
import io.millrace.domain.access.Role;
import io.millrace.domain.model.EntityRule;
import io.millrace.domain.model.EventType;
import io.millrace.domain.model.Namespace;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.delivery.Visibility;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /api/types}: the event types that the client may see or publish, and the parts of Millrace that it manages; {@code GET /api/streams}: the streams
 * that the client may follow. Others are not listed.
 */
public final class CatalogRoutes {
    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 1_000;

    private final DomainModel domains;
    private final Bus bus;

    public CatalogRoutes(DomainModel domains, Bus bus) {
        this.domains = domains;
        this.bus = bus;
    }

    public Future<JsonObject> types(RoutingContext ctx, Principal who) {
        return Future.succeededFuture(types(who));
    }

    private JsonObject types(Principal who) {
        JsonArray listed = new JsonArray();
        for (EventType type : domains.types()) {
            AccessLevel level = level(who, type);
            AccessLevel publish = domains.rights().publishLevel(who.roles(), type);
            if (level != AccessLevel.NONE || publish != AccessLevel.NONE) {
                JsonObject listing = described(type)
                        .put("see", level.name().toLowerCase(Locale.ROOT))
                        .put("publish", publish != AccessLevel.NONE);
                listed.add(publish == AccessLevel.OWN ? listing.put("publishOwn", true) : listing);
            }
        }
        JsonArray managed = new JsonArray(Role.MANAGEABLE.stream()
                .filter(part -> domains.rights().mayManage(who.roles(), part))
                .toList());
        return new JsonObject().put("types", listed).put("manage", managed);
    }

    /** A client without a user owns nothing. */
    private AccessLevel level(Principal who, EventType type) {
        AccessLevel level = domains.rights().seeLevel(who.roles(), type);
        return level == AccessLevel.OWN && !who.authenticated() ? AccessLevel.NONE : level;
    }

    private static JsonObject described(EventType type) {
        JsonObject json = new JsonObject()
                .put("name", type.name())
                .put("namespace", type.namespace().name())
                .put("stream", type.namespace().stream().toString())
                .put("priority", type.priority().wire())
                .put("message", type.message().wire())
                .put("durable", type.durable());
        if (type.owner() != null) {
            json.put("owner", type.owner().toString());
        }
        EntityRule entity = type.entity();
        if (entity != null) {
            json.put(
                    "entity",
                    new JsonObject()
                            .put("kind", entity.kind())
                            .put("id", entity.id().toString())
                            .put("apply", entity.apply().name().toLowerCase(Locale.ROOT)));
        }
        if (type.schema() != null) {
            json.put("schema", new JsonObject(type.schema().toString()));
        }
        return json;
    }

    public Future<JsonObject> streams(RoutingContext ctx, Principal who) {
        String after = ctx.request().getParam("after", "");
        int limit = (int) Parameters.wholeNumber("limit", ctx.request().getParam("limit"), DEFAULT_LIMIT, 1, MAX_LIMIT);
        Map<String, Namespace> named = new TreeMap<>();
        List<String> prefixes = new ArrayList<>();
        for (Namespace namespace : domains.namespaces()) {
            Visibility.named(domains, namespace, who).forEach(stream -> named.put(stream, namespace));
            // Only for clients that see all of such streams: to others their names would reveal hidden events.
            if (namespace.stream().keyed() && namespace.accessClaim() == null && whole(namespace, who)) {
                prefixes.add(namespace.stream().prefix());
            }
        }
        named.keySet().removeIf(stream -> stream.compareTo(after) <= 0);
        if (named.isEmpty() && prefixes.isEmpty()) {
            return Future.succeededFuture(page(who, List.of(), Map.of(), limit));
        }
        StreamsQuery query = new StreamsQuery(List.copyOf(named.keySet()), prefixes, after, limit + 1);
        return bus.request(Addresses.STREAMS, query).map(heads -> {
            Map<String, Heads.Head> known = new HashMap<>();
            for (Heads.Head head : heads.heads()) {
                Namespace namespace = domains.namespaceOf(head.stream());
                if (namespace != null) {
                    known.put(head.stream(), head);
                    named.put(head.stream(), namespace);
                }
            }
            return page(who, List.copyOf(named.keySet()), known, limit);
        });
    }

    private boolean whole(Namespace namespace, Principal who) {
        return domains.typesOf(namespace).stream()
                .allMatch(type -> domains.rights().seeLevel(who.roles(), type) == AccessLevel.ALL);
    }

    private JsonObject page(Principal who, List<String> streams, Map<String, Heads.Head> known, int limit) {
        JsonArray listed = new JsonArray();
        for (String stream : streams.subList(0, Math.min(limit, streams.size()))) {
            listed.add(described(who, stream, known.get(stream)));
        }
        JsonObject page = new JsonObject().put("streams", listed);
        return streams.size() > limit ? page.put("next", streams.get(limit - 1)) : page;
    }

    private JsonObject described(Principal who, String stream, Heads.@Nullable Head head) {
        Namespace namespace = domains.namespaceOf(stream);
        boolean whole = Visibility.isUnrestricted(domains, stream, who);
        JsonObject json = new JsonObject()
                .put("stream", stream)
                .put("namespace", namespace == null ? null : namespace.name())
                .put("see", whole ? "all" : "part");
        // To a client that sees only a part, a position would reveal how many events there are.
        return whole && head != null
                ? json.put("position", new Position(head.epoch(), head.offset()).toString())
                : json;
    }
}

package io.millrace.api.query;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.entity.EntityListQuery;
import io.millrace.contracts.entity.EntitySnapshot;
import io.millrace.contracts.text.Json;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The visible entities of a kind in a stream, in the order of their ids. As in {@link VisibleHistory}, neither the
 * length of a page nor its end depends on hidden entities. Owned by the event loop of the request.
 */
final class VisibleEntities {
    /** The largest number of queries to persistence for one page, after which the page ends early. */
    private static final int MOST_ASKED = 100;

    private static final int PAGE = 100;

    private final Bus bus;
    private final EntityListQuery query;
    private final Predicate<JsonNode> visible;
    private final List<EntitySnapshot.Entity> found = new ArrayList<>();
    private long bytes;
    private int asked;

    /**
     * A page of visible entities.
     *
     * @param next the id after which the next page starts; null if there are no more entities
     */
    record Found(List<EntitySnapshot.Entity> entities, @Nullable String next) {}

    /**
     * @param query the whole query; persistence decides how much it returns at once
     * @param visible whether an entity in this state is visible
     */
    VisibleEntities(Bus bus, EntityListQuery query, Predicate<JsonNode> visible) {
        this.bus = bus;
        this.query = query;
        this.visible = visible;
    }

    Future<Found> read() {
        return read(query.after());
    }

    private Future<Found> read(String after) {
        asked++;
        // One more than the limit, to know whether there are more; if some may be hidden, enough to pass over them.
        int wanted = query.limit() + 1 - found.size();
        EntityListQuery rest = new EntityListQuery(
                query.kind(),
                query.stream(),
                query.owner(),
                after,
                query.owner() == null ? wanted : Math.max(wanted, PAGE),
                Math.max(1, query.bytes() - bytes));
        return bus.request(Addresses.ENTITIES, rest).compose(page -> {
            for (EntitySnapshot.Entity entity : page.entities()) {
                if (!visible.test(Json.parse(entity.state()))) {
                    continue;
                }
                if (found.size() == query.limit() || bytes >= query.bytes()) {
                    return Future.succeededFuture(
                            new Found(found, found.get(found.size() - 1).ref().id()));
                }
                found.add(entity);
                bytes += entity.state().length;
            }
            if (page.complete() || page.entities().isEmpty()) {
                return Future.succeededFuture(new Found(found, null));
            }
            String last = page.entities().get(page.entities().size() - 1).ref().id();
            return asked < MOST_ASKED ? read(last) : Future.succeededFuture(new Found(found, last));
        });
    }
}

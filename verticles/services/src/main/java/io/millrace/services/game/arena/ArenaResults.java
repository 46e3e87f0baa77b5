package io.millrace.services.game.arena;

import io.millrace.services.bus.EventId;
import io.millrace.services.bus.RejectedException;
import io.millrace.services.bus.ServiceBus;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes what came of the actions: of each room in order, each result until it is taken, or refused for good and left
 * out. Its state belongs to one event loop; two instances of the service may publish the same result, which is then one event.
 */
public final class ArenaResults {
    private static final Logger LOG = LoggerFactory.getLogger(ArenaResults.class);
    private static final String SOURCE = "game/arena";

    private final Arena arena;
    private final ServiceBus bus;
    /** The end of what is under way of each room. */
    private final Map<String, Future<Void>> publishing = new HashMap<>();
    /** Rooms of which something couldn't be published. */
    private final Set<String> behind = new HashSet<>();

    public ArenaResults(Arena arena, ServiceBus bus) {
        this.arena = arena;
        this.bus = bus;
    }

    /** Publishes what waits of a room, behind what is under way. Never fails: what isn't taken waits. */
    public Future<Void> publish(String room) {
        Future<Void> next = publishing
                .getOrDefault(room, Future.succeededFuture())
                .compose(before -> publishAll(room))
                .onSuccess(done -> behind.remove(room))
                .recover(error -> {
                    if (behind.add(room)) {
                        LOG.warn("results of the room {} couldn't be published, and are tried again", room, error);
                    }
                    return Future.succeededFuture();
                });
        publishing.put(room, next);
        return next.onComplete(done -> publishing.remove(room, next));
    }

    /** Rooms of which something waits since it couldn't be published. */
    public List<String> behind() {
        return List.copyOf(behind);
    }

    private Future<Void> publishAll(String room) {
        return arena.nextResult(room)
                .compose(result -> result == null
                        ? Future.<Void>succeededFuture()
                        : publishOne(new JsonObject(result))
                                .compose(published -> arena.forgetResult(room, result))
                                .compose(forgotten -> publishAll(room)));
    }

    private Future<Void> publishOne(JsonObject result) {
        JsonObject event = new JsonObject()
                .put("id", EventId.of(result.getString("cause"), result.getString("step")))
                .put("source", SOURCE)
                .put("type", result.getString("type"))
                .put("data", result.getJsonObject("data"));
        return bus.publish(event).<Void>mapEmpty().recover(error -> {
            if (error instanceof RejectedException) {
                LOG.error("a result is refused for good, and left out: {}", event, error);
                return Future.succeededFuture();
            }
            return Future.failedFuture(error);
        });
    }
}

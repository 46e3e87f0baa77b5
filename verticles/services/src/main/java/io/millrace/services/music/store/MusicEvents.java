package io.millrace.services.music.store;

import io.millrace.services.bus.EventId;
import io.millrace.services.bus.RejectedException;
import io.millrace.services.bus.ServiceBus;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Publishes the events of {@code conf/domains/music.yaml}. Safe from any thread. */
public final class MusicEvents {
    /** The longest title, author and message. */
    public static final int TEXT = 500;

    private static final Logger LOG = LoggerFactory.getLogger(MusicEvents.class);
    private static final String SOURCE = "music/service";
    private static final int URI = 2_000;

    private final ServiceBus bus;

    public MusicEvents(ServiceBus bus) {
        this.bus = bus;
    }

    /**
     * Publishes an event as a step of another's handling.
     *
     * @param cause the id of the other
     * @param step its name among the steps of the other
     */
    public Future<Void> publish(String cause, String step, String type, JsonObject data) {
        JsonObject event = new JsonObject()
                .put("id", EventId.of(cause, step))
                .put("source", SOURCE)
                .put("type", type)
                .put("data", data);
        return bus.publish(event).mapEmpty();
    }

    /** The same for what only tells people something: where it is refused, the music goes on. */
    public Future<Void> tell(String cause, String step, String type, JsonObject data) {
        return publish(cause, step, type, data).recover(error -> {
            if (!(error instanceof RejectedException)) {
                return Future.failedFuture(error);
            }
            LOG.warn("nobody is told: {}", error.getMessage());
            return Future.succeededFuture();
        });
    }

    /**
     * A text of at most so many characters; empty for none.
     *
     * @param most what the schema of the event permits
     */
    public static String cut(@Nullable String text, int most) {
        if (text == null || text.length() <= most) {
            return text == null ? "" : text;
        }
        // Not within a character of two halves.
        return text.substring(0, Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most);
    }

    /** What people see of a track: {@code track:queued}, {@code track:started}, {@code track:ended}, {@code track:failed}. */
    public Future<Void> track(String cause, String what, QueueItem item, JsonObject more) {
        JsonObject info = item.info();
        JsonObject data = new JsonObject()
                .put("guildId", item.guild())
                .put("itemId", item.id())
                .put("status", item.status())
                .put("title", cut(info.getString("title"), TEXT))
                .put("author", cut(info.getString("author"), TEXT))
                .put("lengthMs", Math.max(0, info.getLong("length", 0L)))
                .put("autoplay", item.autoplay())
                .mergeIn(more);
        if (item.user() != null) {
            data.put("userId", item.user());
        }
        String uri = info.getString("uri");
        // A part of an address leads nowhere.
        if (uri != null && uri.length() <= URI) {
            data.put("uri", uri);
        }
        return tell(cause, what, "track:" + what, data);
    }
}

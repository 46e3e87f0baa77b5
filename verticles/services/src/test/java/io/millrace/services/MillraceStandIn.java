package io.millrace.services;

import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/**
 * What a service sees of Millrace: {@code millrace.ingest}, and sinks that give each event of a stream until it is answered, the
 * next of the stream afterwards. In memory, on one bus; the real one is in the system tests. Its state belongs to its Vert.x'
 * one event loop.
 */
public final class MillraceStandIn {
    private static final long AGAIN_MS = 50;

    private final Vertx vertx;
    private final String key;
    private final Map<String, JsonObject> known = new HashMap<>();
    /** In the order of their commits. */
    public final List<JsonObject> events = new CopyOnWriteArrayList<>();
    /** What services refused for good. */
    public final List<String> dead = new CopyOnWriteArrayList<>();

    private final List<Sink> sinks = new ArrayList<>();

    /** The type of which the next event is refused; none if empty. */
    public volatile String refused = "";

    /** @param key the field of the data that is the stream's key */
    public MillraceStandIn(Vertx vertx, String key) {
        this.vertx = vertx;
        this.key = key;
        var unused = vertx.eventBus().<JsonObject>consumer("millrace.ingest", this::ingest);
    }

    /** A sink of the kind service. */
    public void sink(String address, Predicate<String> types) {
        sinks.add(new Sink(address, types));
    }

    private void ingest(Message<JsonObject> message) {
        if (!"Bearer the-token".equals(message.headers().get("authorization"))) {
            message.fail(401, "unauthenticated: publishing needs a token");
            return;
        }
        JsonObject event = message.body();
        if (event.getString("type").equals(refused)) {
            refused = "";
            message.fail(422, "invalid_event: /data/title is too long");
            return;
        }
        String id = event.getString("source") + " " + event.getString("id");
        JsonObject before = known.putIfAbsent(id, event);
        if (before == null) {
            events.add(event);
            sinks.forEach(sink -> sink.add(event));
        } else if (!before.getJsonObject("data").equals(event.getJsonObject("data"))) {
            message.fail(409, "id_conflict: another event has the id " + id);
            return;
        }
        message.reply(new JsonObject()
                .put("id", event.getString("id"))
                .put("status", before == null ? "committed" : "duplicate"));
    }

    /** As a source publishes it. */
    public void publish(String id, String type, JsonObject data) {
        JsonObject event = new JsonObject()
                .put("id", id)
                .put("source", "test")
                .put("type", type)
                .put("data", data);
        vertx.eventBus()
                .request("millrace.ingest", event, new DeliveryOptions().addHeader("authorization", "Bearer the-token"))
                .onFailure(error -> dead.add(String.valueOf(error.getMessage())));
    }

    public List<JsonObject> events(String type) {
        return events.stream()
                .filter(event -> event.getString("type").equals(type))
                .map(event -> event.getJsonObject("data"))
                .toList();
    }

    /** Gives an event to the services again, as a sink does that hadn't noted its position. */
    public void repeat(String type, String guild) {
        vertx.runOnContext(now -> events.stream()
                .filter(event -> event.getString("type").equals(type)
                        && guild.equals(event.getJsonObject("data").getString(key)))
                .forEach(event -> sinks.forEach(sink -> sink.add(event))));
    }

    private final class Sink {
        private final String address;
        private final Predicate<String> types;
        private final Map<String, Deque<JsonObject>> waiting = new HashMap<>();

        Sink(String address, Predicate<String> types) {
            this.address = address;
            this.types = types;
        }

        void add(JsonObject event) {
            if (!types.test(event.getString("type"))) {
                return;
            }
            String stream = event.getJsonObject("data").getString(key);
            Deque<JsonObject> queue = waiting.computeIfAbsent(stream, name -> new ArrayDeque<>());
            queue.add(event);
            if (queue.size() == 1) {
                next(queue);
            }
        }

        private void next(Deque<JsonObject> queue) {
            JsonObject event = queue.element();
            vertx.eventBus().request(address, event.copy()).onComplete(answered -> {
                if (answered.cause() instanceof ReplyException refused && refused.failureCode() == 422) {
                    dead.add(event.getString("type") + " " + refused.getMessage());
                } else if (answered.failed()) {
                    vertx.setTimer(AGAIN_MS, timer -> next(queue));
                    return;
                }
                queue.remove();
                if (!queue.isEmpty()) {
                    next(queue);
                }
            });
        }
    }
}

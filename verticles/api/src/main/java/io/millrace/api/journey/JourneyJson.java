package io.millrace.api.journey;

import io.millrace.contracts.event.CommitPath;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.journey.Deliveries;
import io.millrace.contracts.journey.Deliveries.DeliveryStatus;
import io.millrace.contracts.journey.DeliverySummary;
import io.millrace.contracts.journey.Journey;
import io.millrace.contracts.journey.Journey.Happened;
import io.millrace.contracts.journey.Journey.Stop;
import io.millrace.contracts.text.Micros;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Locale;

/** Journeys and deliveries as clients read them. */
final class JourneyJson {
    private JourneyJson() {}

    static JsonArray deliveries(Deliveries found, boolean operator) {
        JsonArray json = new JsonArray();
        for (Deliveries.Delivery delivery : found.deliveries()) {
            JsonObject one = new JsonObject();
            if (!delivery.connection().isEmpty()) {
                one.put("connection", delivery.connection());
            }
            if (operator && !delivery.node().isEmpty()) {
                one.put("node", delivery.node());
            }
            one.put("outcome", delivery.status().wire());
            if (delivery.atMicros() != 0) {
                one.put("at", Micros.text(delivery.atMicros()));
            }
            json.add(one);
        }
        return json;
    }

    /** The outcomes of all nodes together, each with a few examples, and what each node remembers. */
    static JsonObject summary(DeliverySummary found, int mostExamples) {
        JsonArray nodes = new JsonArray();
        long connections = 0;
        for (DeliverySummary.Node node : found.nodes()) {
            long here = node.outcomes().stream()
                    .mapToLong(DeliverySummary.Outcome::count)
                    .sum();
            connections += here;
            nodes.add(new JsonObject()
                    .put("node", node.node())
                    .put("connections", here)
                    .put("trace", node.trace().wire()));
        }
        JsonArray outcomes = new JsonArray();
        for (DeliveryStatus status : DeliveryStatus.values()) {
            long count = 0;
            JsonArray examples = new JsonArray();
            for (DeliverySummary.Node node : found.nodes()) {
                for (DeliverySummary.Outcome outcome : node.outcomes()) {
                    if (outcome.status() == status) {
                        count += outcome.count();
                        outcome.examples().stream()
                                .limit(mostExamples - examples.size())
                                .forEach(example -> examples.add(example(node.node(), example)));
                    }
                }
            }
            if (count > 0) {
                outcomes.add(new JsonObject()
                        .put("outcome", status.wire())
                        .put("count", count)
                        .put("examples", examples));
            }
        }
        return new JsonObject()
                .put("connections", connections)
                .put("outcomes", outcomes)
                .put("nodes", nodes);
    }

    private static JsonObject example(String node, DeliverySummary.Example example) {
        JsonObject json =
                new JsonObject().put("connection", example.connection()).put("node", node);
        if (!example.user().isEmpty()) {
            json.put("user", example.user());
        }
        return example.atMicros() == 0 ? json : json.put("at", Micros.text(example.atMicros()));
    }

    static JsonObject json(Journey journey, boolean whole, boolean knowsPublisher) {
        Event event = journey.event();
        JsonObject json = new JsonObject()
                .put("id", event.id())
                .put("source", event.source())
                .put("type", event.type())
                .put("stream", event.stream())
                .put("priority", event.priority().wire());
        if (knowsPublisher) {
            json.put("publisher", event.publisher());
        }
        json.put("status", status(journey));
        CommitPath path = journey.path();
        if (path != null) {
            json.put("path", path.path().name().toLowerCase(Locale.ROOT)).put("attempts", path.attempt());
        }
        return json.put("stages", stages(journey, whole));
    }

    static String status(Journey journey) {
        if (journey.ended()) {
            return journey.droppedBy() == null ? "committed" : "expired";
        }
        Happened last = JourneySearch.last(journey);
        return last == null ? "unknown" : last.name().toLowerCase(Locale.ROOT);
    }

    private static JsonArray stages(Journey journey, boolean whole) {
        JsonArray stages = new JsonArray();
        if (journey.event().acceptedAtMicros() != 0) {
            stages.add(stage("ingest", "accepted", journey.event().acceptedAtMicros()));
        }
        for (Stop stop : journey.stops()) {
            stages.add(stage(stop, whole));
        }
        if (!journey.ended()) {
            return stages;
        }
        CommitPath path = journey.path();
        if (path != null && path.takenMicros() != 0) {
            stages.add(stage("queue", "taken", path.takenMicros()));
        }
        if (journey.droppedBy() != null) {
            return stages.add(stage(journey.droppedBy(), "expired", journey.endedMicros()));
        }
        JsonObject committed = stage("persistence", "committed", journey.endedMicros());
        if (whole) {
            // To a client that sees only a part, a position would reveal how many events there are.
            committed.put("position", String.valueOf(journey.position()));
        }
        if (journey.entityVersion() != 0) {
            committed.put("entityVersion", journey.entityVersion());
        } else if (journey.event().entity() != null) {
            committed.put("superseded", true);
        }
        return stages.add(committed);
    }

    private static JsonObject stage(Stop stop, boolean whole) {
        JsonObject json = stage("queue", stop.happened().name().toLowerCase(Locale.ROOT), stop.atMicros());
        if (stop.code() != null) {
            json.put("attempts", stop.attempts()).put("code", stop.code()).put("detail", stop.message());
        }
        if (stop.by() != null && whole) {
            json.put("by", stop.by());
        }
        return json;
    }

    private static JsonObject stage(String name, String outcome, long micros) {
        return new JsonObject().put("stage", name).put("outcome", outcome).put("at", Micros.text(micros));
    }
}

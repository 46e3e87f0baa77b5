package io.millrace.api;

import io.millrace.contracts.Addresses;
import io.millrace.contracts.Event;
import io.millrace.contracts.Failure;
import io.millrace.contracts.Journey;
import io.millrace.contracts.JourneyQuery;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Passage;
import io.millrace.contracts.domain.Domains;
import io.millrace.contracts.domain.Namespace;
import io.millrace.platform.Bus;
import io.millrace.platform.Principal;
import io.millrace.platform.Problems;
import io.millrace.platform.Tokens;
import io.millrace.platform.delivery.Visibility;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * {@code GET /api/events/{id}/journey}: the stages that an event passed, when, and how it ended. Whoever may not see the
 * event is told the same as if there were none.
 */
final class JourneyRoute {
    private final Domains domains;
    private final Tokens tokens;
    private final Bus bus;

    JourneyRoute(Domains domains, Tokens tokens, Bus bus) {
        this.domains = domains;
        this.tokens = tokens;
        this.bus = bus;
    }

    void answer(RoutingContext ctx) {
        tokens.ofHeader(ctx.request().getHeader(HttpHeaders.AUTHORIZATION))
                .compose(who -> answer(ctx, who))
                .onFailure(error -> Problems.answer(ctx, error));
    }

    private Future<Void> answer(RoutingContext ctx, Principal who) {
        String id = Objects.requireNonNull(ctx.pathParam("id"));
        JourneyQuery query = new JourneyQuery(id, ctx.request().getParam("source"));
        return bus.request(Addresses.JOURNEY, query).compose(found -> {
            List<Journey> seen = found.journeys().stream()
                    .filter(journey -> visibility(journey, who).sees(journey.event(), who, ""))
                    .toList();
            if (seen.isEmpty()) {
                throw new MillraceException(
                        Failure.NOT_FOUND, "nothing is known of an event " + id + " that you may see");
            }
            if (seen.size() > 1) {
                throw new MillraceException(
                        Failure.BAD_MESSAGE, "several sources have an event " + id + ": name one, ?source=");
            }
            Journey journey = seen.get(0);
            return ctx.response()
                    .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                    .putHeader(HttpHeaders.CACHE_CONTROL, "private, no-cache")
                    .end(json(journey, visibility(journey, who).whole()).toBuffer());
        });
    }

    private Visibility visibility(Journey journey, Principal who) {
        String stream = journey.event().stream();
        Namespace namespace = domains.namespaceOf(stream);
        return namespace == null ? Visibility.NOTHING : Visibility.of(domains, namespace, stream, who);
    }

    private static JsonObject json(Journey journey, boolean whole) {
        Event event = journey.event();
        JsonObject json = new JsonObject()
                .put("id", event.id())
                .put("source", event.source())
                .put("type", event.type())
                .put("stream", event.stream())
                .put("priority", event.priority().wire())
                .put("publisher", event.publisher())
                .put("status", journey.droppedBy() == null ? "committed" : "expired");
        Passage passage = journey.passage();
        if (passage != null) {
            json.put("path", passage.path().name().toLowerCase(Locale.ROOT)).put("attempts", passage.attempt());
        }
        return json.put("stages", stages(journey, whole));
    }

    private static JsonArray stages(Journey journey, boolean whole) {
        JsonArray stages = new JsonArray();
        if (journey.event().acceptedAtMicros() != 0) {
            stages.add(stage("ingest", "accepted", journey.event().acceptedAtMicros()));
        }
        Passage passage = journey.passage();
        if (passage != null && passage.takenMicros() != 0) {
            stages.add(stage("queue", "taken", passage.takenMicros()));
        }
        if (journey.droppedBy() != null) {
            return stages.add(stage(journey.droppedBy(), "expired", journey.endedMicros()));
        }
        JsonObject committed = stage("persistence", "committed", journey.endedMicros());
        if (whole) {
            // Where only a part may be seen, a position would tell how much else there is.
            committed.put("position", String.valueOf(journey.position()));
        }
        if (journey.entityVersion() != 0) {
            committed.put("entityVersion", journey.entityVersion());
        }
        return stages.add(committed);
    }

    private static JsonObject stage(String name, String outcome, long micros) {
        return new JsonObject()
                .put("stage", name)
                .put("outcome", outcome)
                .put("at", Instant.EPOCH.plus(micros, ChronoUnit.MICROS).toString());
    }
}

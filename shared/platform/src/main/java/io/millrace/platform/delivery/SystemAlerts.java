package io.millrace.platform.delivery;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.EventType;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.resilience.Retry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes events {@code system:alert}, which tell operators what they must see; the packs' roles decide who may. Belongs to
 * one event loop.
 */
public final class SystemAlerts {
    public static final String TYPE = "system:alert";

    private static final Logger LOG = LoggerFactory.getLogger(SystemAlerts.class);
    private static final int MAX_MESSAGE = 2_000;

    private final Vertx vertx;
    private final Bus bus;
    private final @Nullable EventType type;
    private final String source;

    /**
     * @param type of {@link #type}; null publishes nothing
     * @param source of the events
     */
    public SystemAlerts(Vertx vertx, Bus bus, @Nullable EventType type, String source) {
        this.vertx = vertx;
        this.bus = bus;
        this.type = type;
        this.source = source;
    }

    /** Publishes nothing. */
    public static SystemAlerts none(Vertx vertx, Bus bus) {
        return new SystemAlerts(vertx, bus, null, "");
    }

    /** The type of alerts; null if no pack declares it in a stream without a key. */
    public static @Nullable EventType type(DomainModel domains) {
        EventType type = domains.type(TYPE);
        return type == null || type.namespace().stream().keyed() ? null : type;
    }

    /** The event of an alert. */
    public static Event event(EventType type, String id, String source, long timeMicros, ObjectNode data) {
        return Event.builder(id, type.name(), source)
                .timeMicros(timeMicros)
                .priority(type.priority())
                .data(data.toString().getBytes(StandardCharsets.UTF_8))
                .stream(String.valueOf(type.namespace().stream().resolve(data)))
                .publisher(source)
                .acceptedAtMicros(timeMicros)
                .build();
    }

    /**
     * Publishes an alert, and tries again while it can't be committed.
     *
     * @param what the same for the same news: told again, it is one event
     * @param component what it is about
     * @return completes when it is committed, or refused for good, or nobody would get it
     */
    public Future<Void> publish(String what, String title, String message, String component) {
        return publish(
                what,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("title", title)
                        .put("message", message)
                        .put("severity", "error")
                        .put("component", component));
    }

    /**
     * The same for one that says more.
     *
     * @param data with at least {@code title}, {@code message}, {@code severity} and {@code component}
     */
    public Future<Void> publish(String what, ObjectNode data) {
        EventType alert = type;
        if (alert == null) {
            return Future.succeededFuture();
        }
        String message = data.path("message").asText();
        data.put("message", message.substring(0, Math.min(message.length(), MAX_MESSAGE)));
        String id =
                UUID.nameUUIDFromBytes(what.getBytes(StandardCharsets.UTF_8)).toString();
        long now = TimeUnit.MILLISECONDS.toMicros(Clock.systemUTC().millis());
        EventBatch batch = new EventBatch(List.of(event(alert, "alert-" + id, source, now, data)));
        String component = data.path("component").asText();
        return Retry.whileUnavailable(vertx, "the alert of " + component, () -> send(batch));
    }

    private Future<Void> send(EventBatch batch) {
        return bus.request(Addresses.ROUTE, batch).map(outcomes -> {
            Outcome outcome = outcomes.outcomes().get(0);
            // One that was told before may have had another time.
            if (outcome.failure() != null && outcome.failure() != Failure.ID_CONFLICT) {
                if (outcome.failure().retryable()) {
                    throw new MillraceException(outcome.failure(), String.valueOf(outcome.message()));
                }
                LOG.warn("alert {} was refused: {}", outcome.id(), outcome.message());
            }
            return null;
        });
    }
}

package io.millrace.broadcast.acknowledge;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.broadcast.hub.Connection;
import io.millrace.broadcast.hub.Subscription;
import io.millrace.broadcast.outbound.OutboundEvent;
import io.millrace.broadcast.spec.Sampling;
import io.millrace.broadcast.subscription.ClientJsonMessages;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.Micros;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one client says that it has read. Nothing is noted when an event is delivered: whether an acknowledged event was
 * sent, to this client, and after which time, follows from the state of its subscription and from the events in memory. Only
 * the server's clock counts. A client that lies makes its own times longer; shorter by no more than the event is on its way;
 * and each event counts once. There is no answer, so it learns nothing. Owned by its hub's event loop.
 */
public final class Acknowledgements {
    private final Connection connection;
    private final @Nullable Sampling sampling;
    private final ReadTimesLog log;
    /** The last acknowledged position of each stream: events are read in their order. As many as there are subscriptions. */
    private final Map<String, Position> last = new LinkedHashMap<>();

    /** @param sampling what the client was told; null if it was told nothing */
    public Acknowledgements(Connection connection, @Nullable Sampling sampling, ReadTimesLog log) {
        this.connection = connection;
        this.sampling = sampling;
        this.log = log;
    }

    /** Fails as {@link Failure#BAD_MESSAGE} if the message can't be read, or is not asked for; else there is no answer. */
    public void take(JsonNode message) {
        long nowMicros = Micros.now();
        if (sampling == null) {
            throw new MillraceException(Failure.BAD_MESSAGE, "this server asks for no acknowledgements");
        }
        String stream = ClientJsonMessages.of(message, "stream");
        String text = ClientJsonMessages.of(message, "position");
        Subscription subscription = connection.subscription(stream);
        Position position = subscription == null || !sampling.samples(text)
                ? null
                : connection.hub().openPosition(subscription, text);
        if (subscription == null || position == null) {
            log.count(ReadTimesLog.Outcome.NOT_ASKED);
        } else if (!connection.hub().hasPassed(subscription, position.offset())) {
            log.count(ReadTimesLog.Outcome.NOT_SENT);
        } else if (isRepeated(stream, position)) {
            log.count(ReadTimesLog.Outcome.REPEATED);
        } else {
            connection
                    .hub()
                    .remembered(stream, position.offset())
                    .onSuccess(event -> measure(subscription, event, nowMicros))
                    .onFailure(failed -> log.count(ReadTimesLog.Outcome.FORGOTTEN));
        }
    }

    private boolean isRepeated(String stream, Position position) {
        Position before = last.put(stream, position);
        if (before != null && before.epoch().equals(position.epoch()) && before.offset() >= position.offset()) {
            last.put(stream, before);
            return true;
        }
        last.keySet().removeIf(followed -> connection.subscription(followed) == null);
        return false;
    }

    private void measure(Subscription subscription, OutboundEvent event, long nowMicros) {
        if (!connection.hub().hasSent(subscription, event)) {
            log.count(ReadTimesLog.Outcome.NOT_SENT);
        } else if (!subscription.wasStartedAt(event.receivedAtMicros())
                || event.event().acceptedAtMicros() == 0) {
            log.count(ReadTimesLog.Outcome.OLDER);
        } else {
            log.measured(
                    subscription.stream(), Math.max(0, nowMicros - event.event().acceptedAtMicros()));
        }
    }
}

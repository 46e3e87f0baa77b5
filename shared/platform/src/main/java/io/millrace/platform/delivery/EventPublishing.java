package io.millrace.platform.delivery;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.event.PublishRequest;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Future;
import java.util.List;

/** Publishes events in the name of a principal who was authenticated before. */
public final class EventPublishing {
    private EventPublishing() {}

    /**
     * Publishes events in their order, as a {@code POST /api/events} of several does.
     *
     * @param events each in the native form, a JSON object as bytes; as many events and bytes as a request may have
     * @return an outcome for each, in the same order; fails with {@link MillraceException} only if none was taken
     */
    public static Future<List<Outcome>> publish(Bus bus, Principal principal, List<byte[]> events) {
        PublishRequest request = new PublishRequest(
                principal.authenticated() ? principal.user() : null,
                principal.roles(),
                principal.claims().toBuffer().getBytes(),
                events);
        return bus.request(Addresses.PUBLISH, request).map(Outcomes::outcomes);
    }

    /**
     * Publishes one event.
     *
     * @return fails with {@link MillraceException} if the event is refused
     */
    public static Future<Outcome> publish(Bus bus, Principal principal, byte[] event) {
        return publish(bus, principal, List.of(event)).map(outcomes -> {
            Outcome outcome = outcomes.get(0);
            if (outcome.failure() != null) {
                throw new MillraceException(outcome.failure(), String.valueOf(outcome.message()), outcome.details());
            }
            return outcome;
        });
    }
}

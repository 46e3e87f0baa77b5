package io.millrace.platform.delivery;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.PublishRequest;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Future;

/** Publishes events in the name of a principal who was authenticated before. */
public final class EventPublishing {
    private EventPublishing() {}

    /**
     * Publishes an event, as {@code POST /api/events} does.
     *
     * @param event in the native form, a JSON object as bytes
     * @return fails with {@link MillraceException} if the event is refused
     */
    public static Future<Outcome> publish(Bus bus, Principal principal, byte[] event) {
        PublishRequest request = new PublishRequest(
                principal.authenticated() ? principal.user() : null,
                principal.roles(),
                principal.claims().toBuffer().getBytes(),
                event);
        return bus.request(Addresses.PUBLISH, request)
                .compose(outcome -> outcome.failure() == null
                        ? Future.succeededFuture(outcome)
                        : Future.failedFuture(
                                new MillraceException(outcome.failure(), String.valueOf(outcome.message()))));
    }
}

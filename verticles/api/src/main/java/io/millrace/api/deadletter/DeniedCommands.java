package io.millrace.api.deadletter;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.deadletter.DeadLetterCommand;
import io.millrace.contracts.deadletter.DeadLetterFilter;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.bus.Bus;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has it written down who tried to decide about dead letters and may not, beside what others decided. So many a minute at most:
 * whoever tries on and on is in the counter of refusals. Owned by one event loop.
 */
final class DeniedCommands {
    private static final Logger LOG = LoggerFactory.getLogger(DeniedCommands.class);
    static final int MOST_A_MINUTE = 60;

    private final Bus bus;
    private final LongSupplier nanos;
    private long sinceNs;
    private int noted;

    DeniedCommands(Bus bus, LongSupplier nanos) {
        this.bus = bus;
        this.nanos = nanos;
        this.sinceNs = nanos.getAsLong();
    }

    /** A request that was refused; one that only reads is no act, and who isn't known has no name to be written down. */
    void note(RoutingContext ctx, Principal who) {
        HttpMethod method = ctx.request().method();
        if (!who.authenticated() || !(method.equals(HttpMethod.POST) || method.equals(HttpMethod.PATCH))) {
            return;
        }
        long now = nanos.getAsLong();
        if (now - sinceNs >= TimeUnit.MINUTES.toNanos(1)) {
            sinceNs = now;
            noted = 0;
        }
        if (noted < MOST_A_MINUTE) {
            noted++;
            byte[] tried = new JsonObject()
                    .put("tried", method + " " + ctx.normalizedPath())
                    .toBuffer()
                    .getBytes();
            bus.request(
                            Addresses.DEAD_LETTER_ACTS,
                            new DeadLetterCommand(
                                    DeadLetterCommand.Kind.DENIED,
                                    DeadLetterFilter.ofIds(List.of()),
                                    who.user(),
                                    false,
                                    tried))
                    .onFailure(error -> LOG.warn(
                            "could not record the denied dead-letter command of {}: {}",
                            who.user(),
                            error.getMessage()));
        }
    }
}

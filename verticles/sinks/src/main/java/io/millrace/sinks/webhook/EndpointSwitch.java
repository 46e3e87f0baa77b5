package io.millrace.sinks.webhook;

import io.millrace.sinks.message.SinkContext;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether an endpoint is disabled: nothing is sent any more, until an operator enables it, and what it hasn't had waits where
 * it is. Remembered with the lease, and told to operators once. Belongs to one event loop; what it tells is safe from any
 * thread.
 */
final class EndpointSwitch {
    private static final Logger LOG = LoggerFactory.getLogger(EndpointSwitch.class);
    private static final String DISABLED = "disabled";
    /** Operators were told. */
    private static final String ALERTED = "alerted";

    private final String sink;
    private final SinkContext context;
    private final Clock clock;
    private final Consumer<Throwable> failed;
    private volatile @Nullable String since;

    /** @param failed gets why it couldn't be remembered */
    EndpointSwitch(String sink, SinkContext context, Clock clock, Consumer<Throwable> failed) {
        this.sink = sink;
        this.context = context;
        this.clock = clock;
        this.failed = failed;
    }

    /** Finds what was remembered. */
    void load() {
        JsonObject progress = context.lease().progress();
        since = progress == null ? null : progress.getString(DISABLED);
        if (progress != null && isOff() && !progress.getBoolean(ALERTED, false)) {
            tell().onFailure(failed::accept);
        }
    }

    boolean isOff() {
        return since != null;
    }

    /** Since when it is disabled, and why; null if it isn't. */
    @Nullable
    String since() {
        return since;
    }

    void turnOff(String why) {
        if (isOff()) {
            return;
        }
        String told = clock.instant().truncatedTo(ChronoUnit.SECONDS) + ": " + why;
        since = told;
        LOG.error("sink {} is disabled at {}", sink, told);
        save(DISABLED, told).compose(saved -> tell()).onFailure(failed::accept);
    }

    private Future<Void> tell() {
        String why = String.valueOf(since);
        return context.alerts()
                .publish("disabled " + sink + " " + why, "the sink " + sink + " is disabled", why, "sink " + sink)
                .compose(told -> context.lease().isHeld() ? save(ALERTED, true) : Future.succeededFuture());
    }

    private Future<Void> save(String name, Object value) {
        JsonObject progress = context.lease().progress();
        return context.lease().save((progress == null ? new JsonObject() : progress.copy()).put(name, value));
    }
}

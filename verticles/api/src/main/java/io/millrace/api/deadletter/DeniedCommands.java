package io.millrace.api.deadletter;

import io.millrace.platform.auth.Principal;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records denied administration commands beside executed ones. Limited per minute for each user, and for all of them, so
 * that who tries often hides nobody else; further attempts are only in the counter of refusals. Owned by one event loop.
 */
public final class DeniedCommands {
    private static final Logger LOG = LoggerFactory.getLogger(DeniedCommands.class);
    static final int MOST_A_MINUTE = 60;
    private static final int MOST_OF_ALL = 20 * MOST_A_MINUTE;

    private final BiFunction<String, String, Future<?>> record;
    private final LongSupplier nanos;
    private final Map<String, Integer> notedOf = new HashMap<>();
    private long sinceNs;
    private int noted;

    /** @param record records the user, and the method and path of the attempt */
    public DeniedCommands(BiFunction<String, String, Future<?>> record, LongSupplier nanos) {
        this.record = record;
        this.nanos = nanos;
        this.sinceNs = nanos.getAsLong();
    }

    /** Records a refused request, unless it is a read or has no authenticated user. */
    public void note(RoutingContext ctx, Principal who) {
        HttpMethod method = ctx.request().method();
        boolean reads = method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD);
        if (!who.authenticated() || reads) {
            return;
        }
        long now = nanos.getAsLong();
        if (now - sinceNs >= TimeUnit.MINUTES.toNanos(1)) {
            sinceNs = now;
            noted = 0;
            notedOf.clear();
        }
        if (noted < MOST_OF_ALL && notedOf.merge(who.user(), 1, Integer::sum) <= MOST_A_MINUTE) {
            noted++;
            record.apply(who.user(), method + " " + ctx.normalizedPath())
                    .onFailure(error ->
                            LOG.warn("could not record the denied command of {}: {}", who.user(), error.getMessage()));
        }
    }
}

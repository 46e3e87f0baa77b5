package io.millrace.sources.gateway.session;

import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Waits until a shard may identify: as often in a day, and in 5 s, as the gateway wants. Belongs to one event loop. */
final class IdentifyPermit {
    private static final long TURN_MS = 250;
    private static final long LONGEST_MS = TimeUnit.HOURS.toMillis(1);

    private final Vertx vertx;
    private final GatewayApi api;
    private final IdentifyLimit limit;
    private final String source;
    private final int shard;
    private final Clock clock;
    private long timer = -1;
    private boolean cancelled;
    private volatile @Nullable String problem;

    IdentifyPermit(Vertx vertx, GatewayApi api, IdentifyLimit limit, String source, int shard, Clock clock) {
        this.vertx = vertx;
        this.api = api;
        this.limit = limit;
        this.source = source;
        this.shard = shard;
        this.clock = clock;
    }

    /** Completes, with how to connect, when the shard may identify at once. */
    Future<GatewayApi.Bot> get() {
        return api.bot().compose(bot -> {
            if (bot.remaining() > 0) {
                problem = null;
                return turn(bot);
            }
            problem = "the bot has identified as often as it may: it waits until "
                    + clock.instant().plusMillis(bot.resetAfterMs()).truncatedTo(ChronoUnit.SECONDS);
            return after(Math.min(LONGEST_MS, bot.resetAfterMs() + 1_000)).compose(later -> get());
        });
    }

    private Future<GatewayApi.Bot> turn(GatewayApi.Bot bot) {
        if (cancelled) {
            return Future.failedFuture("the shard is not to identify any more");
        }
        return limit.claim(source, shard % bot.concurrency())
                .recover(error -> Future.failedFuture(new MillraceException(
                        Failure.UNAVAILABLE, "PostgreSQL doesn't tell whose turn it is to identify", error)))
                .compose(ours -> ours
                        ? Future.succeededFuture(bot)
                        : after(TURN_MS + ThreadLocalRandom.current().nextLong(TURN_MS))
                                .compose(later -> turn(bot)));
    }

    private Future<Void> after(long ms) {
        if (cancelled) {
            return Future.failedFuture("the shard is not to identify any more");
        }
        Promise<Void> waited = Promise.promise();
        timer = vertx.setTimer(ms, fired -> waited.complete());
        return waited.future();
    }

    /** Waits no more; {@link #get} needn't complete then. */
    void cancel() {
        cancelled = true;
        vertx.cancelTimer(timer);
    }

    /** Why it waits for long; null if it doesn't. Safe from any thread. */
    @Nullable
    String problem() {
        return problem;
    }
}

package io.millrace.sources.redis.read;

import io.millrace.sources.lease.Lease;
import io.millrace.sources.lease.LeaseLostException;
import io.millrace.sources.lease.PulledSource;
import io.millrace.sources.redis.RedisSource;
import io.millrace.sources.redis.RedisSourceSettings;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A Redis source from one connection to its end. Belongs to one event loop. */
final class RedisRun implements PulledSource.Run {
    private static final Logger LOG = LoggerFactory.getLogger(RedisRun.class);
    private static final long BEAT_MS = 5_000;
    private static final long DRAIN_SECONDS = 5;
    private static final long NO_TIMER = -1;

    private final Vertx vertx;
    private final RedisSource source;
    private final Lease lease;
    private final RedisConnections connections;
    private final ReadPositions positions;
    private final PubSubBuffer buffer;
    private final MessageTaker taker;
    private final Clock clock;
    private final Promise<Void> started = Promise.promise();
    private final Promise<Void> ended = Promise.promise();
    private volatile @Nullable StreamReader streams;
    private @Nullable PubSubReader channels;
    private Future<Void> reading = Future.succeededFuture();
    private boolean ending;
    private long timer = NO_TIMER;
    private volatile @Nullable String missed;

    RedisRun(
            Vertx vertx,
            RedisSource source,
            Lease lease,
            RedisSourceSettings settings,
            ReadPositions positions,
            PubSubBuffer buffer,
            MessageTaker taker,
            Clock clock) {
        this.vertx = vertx;
        this.source = source;
        this.lease = lease;
        this.connections = new RedisConnections(vertx, source, settings);
        this.positions = positions;
        this.buffer = buffer;
        this.taker = taker;
        this.clock = clock;
    }

    void begin() {
        List<Future<Void>> parts = new ArrayList<>();
        if (source.subscribes()) {
            parts.add(subscribe());
        }
        if (!source.streams().names().isEmpty()) {
            parts.add(follow());
        }
        Future<Void> all = Future.all(parts).mapEmpty();
        all.onComplete(done -> {
            if (done.failed()) {
                fail(done.cause());
            } else if (!ending) {
                timer = vertx.setPeriodic(BEAT_MS, fired -> beat());
                started.complete();
            }
        });
    }

    private Future<Void> subscribe() {
        return connections.connect().compose(connection -> {
            PubSubReader reader = new PubSubReader(source, lease, buffer, connection, clock, this::fail);
            channels = reader;
            return reader.subscribe().onSuccess(subscribed -> {
                tellMissed();
                heard(reader);
                save();
            });
        });
    }

    private Future<Void> follow() {
        return connections.connect().compose(connection -> {
            StreamReader reader = new StreamReader(connection, source.streams(), lease, taker, positions);
            streams = reader;
            return reader.prepare().onSuccess(prepared -> {
                reading = reader.read();
                reading.onFailure(this::fail);
            });
        });
    }

    /** Pub/sub has no memory: between two subscriptions nobody knows what was published. */
    private void tellMissed() {
        if (positions.heardMs() > 0) {
            missed = "messages of pub/sub may have been missed between " + seconds(positions.heardMs()) + " and "
                    + seconds(clock.millis());
            LOG.warn("source {}: {}", lease.source(), missed);
        }
    }

    private static Instant seconds(long ms) {
        return Instant.ofEpochMilli(ms).truncatedTo(ChronoUnit.SECONDS);
    }

    private void heard(PubSubReader reader) {
        positions.heardUntil(Math.min(reader.heardMs(), buffer.takenUntilMs()));
    }

    private void beat() {
        PubSubReader reader = channels;
        if (reader == null || reader.ask()) {
            if (reader != null) {
                heard(reader);
            }
            save();
        }
    }

    private void save() {
        positions.save().onFailure(error -> {
            if (error instanceof LeaseLostException) {
                fail(error);
            } else {
                LOG.debug("source {}: where it is wasn't saved", lease.source(), error);
            }
        });
    }

    private void fail(Throwable error) {
        if (ending) {
            return;
        }
        ending = true;
        PubSubReader reader = channels;
        if (reader != null && started.future().isComplete()) {
            heard(reader);
        }
        Throwable told = error instanceof LeaseLostException ? error : RedisErrors.told(connections.address(), error);
        close().onComplete(closed -> ended.fail(told));
    }

    @Override
    public Future<Void> started() {
        return started.future();
    }

    @Override
    public Future<Void> ended() {
        return ended.future();
    }

    @Override
    public void stop() {
        if (ending) {
            return;
        }
        ending = true;
        StreamReader reader = streams;
        if (reader != null) {
            reader.stop();
        }
        if (channels != null) {
            heard(channels);
        }
        Future<Void> all = Future.join(reading, buffer.drained()).mapEmpty();
        all.timeout(DRAIN_SECONDS, TimeUnit.SECONDS)
                .onFailure(error -> LOG.warn(
                        "source {} stops before its last messages are taken: {}", lease.source(), error.getMessage()))
                .transform(done -> lease.isHeld() ? positions.save() : Future.<Void>succeededFuture())
                .transform(saved -> close())
                .onComplete(closed -> ended.complete());
    }

    private Future<Void> close() {
        vertx.cancelTimer(timer);
        return connections.close();
    }

    @Override
    public long lag() {
        StreamReader reader = streams;
        return reader == null ? -1 : reader.waiting();
    }

    @Override
    public @Nullable String problem() {
        StreamReader reader = streams;
        String all = Stream.of(taker.problem(), buffer.problem(), missed, reader == null ? null : reader.problem())
                .filter(told -> told != null)
                .collect(Collectors.joining("; "));
        return all.isEmpty() ? null : all;
    }
}

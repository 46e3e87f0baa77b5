package io.millrace.sources.redis.consume;

import io.millrace.postgres.lease.Lease;
import io.millrace.postgres.lease.LeaseLostException;
import io.millrace.postgres.lease.LeasedRun;
import io.millrace.sources.intake.RetryingIntake;
import io.millrace.sources.redis.RedisSource;
import io.millrace.sources.redis.RedisSourceSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A Redis source from one connection to its end. Belongs to one event loop. */
final class RedisRun extends LeasedRun {
    private static final Logger LOG = LoggerFactory.getLogger(RedisRun.class);
    private static final long BEAT_MS = 5_000;
    private static final long NO_TIMER = -1;

    private final Vertx vertx;
    private final RedisSource source;
    private final Lease lease;
    private final RedisConnections connections;
    private final ReadPositions positions;
    private final PubSubBuffer buffer;
    private final RetryingIntake taker;
    private final Clock clock;
    private volatile @Nullable StreamReader streams;
    private @Nullable PubSubReader channels;
    private Future<Void> reading = Future.succeededFuture();
    private long timer = NO_TIMER;
    private volatile @Nullable String missed;

    RedisRun(
            Vertx vertx,
            RedisSource source,
            Lease lease,
            RedisSourceSettings settings,
            ReadPositions positions,
            PubSubBuffer buffer,
            RetryingIntake taker,
            Clock clock) {
        super(vertx, lease);
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
            } else if (!isEnding()) {
                timer = vertx.setPeriodic(BEAT_MS, fired -> beat());
                begun();
            }
        });
    }

    private Future<Void> subscribe() {
        return connections.connect().compose(connection -> {
            PubSubReader reader = new PubSubReader(vertx, source, lease, buffer, connection, clock, this::fail);
            channels = reader;
            return reader.subscribe().onSuccess(subscribed -> {
                tellMissed();
                heard(reader);
                note();
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
            LOG.warn("source {}: {}", lease.task(), missed);
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
            note();
        }
    }

    private void note() {
        positions.save().onFailure(error -> {
            if (error instanceof LeaseLostException) {
                fail(error);
            } else {
                LOG.debug("source {}: where it is wasn't saved", lease.task(), error);
            }
        });
    }

    @Override
    protected Throwable told(Throwable error) {
        if (channels != null && hasBegun()) {
            heard(channels);
        }
        return error instanceof LeaseLostException ? error : RedisErrors.told(connections.address(), error);
    }

    @Override
    protected Future<Void> drain() {
        StreamReader reader = streams;
        if (reader != null) {
            reader.stop();
        }
        if (channels != null) {
            heard(channels);
        }
        return Future.join(reading, buffer.drained()).mapEmpty();
    }

    @Override
    protected Future<Void> save() {
        return positions.save();
    }

    @Override
    protected Future<Void> close() {
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

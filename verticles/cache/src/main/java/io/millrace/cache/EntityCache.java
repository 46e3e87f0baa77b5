package io.millrace.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.contracts.Addresses;
import io.millrace.contracts.Committed;
import io.millrace.contracts.EntityQuery;
import io.millrace.contracts.EntityRef;
import io.millrace.contracts.EntityState;
import io.millrace.contracts.EntityState.Level;
import io.millrace.contracts.Position;
import io.millrace.platform.Batcher;
import io.millrace.platform.Bus;
import io.millrace.platform.Idle;
import io.millrace.platform.StreamFollower;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The read path and the write-through. It follows every stream as broadcast does, so that what the bus lost is noticed
 * within a second. All state belongs to the cache verticle's event loop.
 */
final class EntityCache implements StreamFollower.Sink {
    private static final Logger LOG = LoggerFactory.getLogger(EntityCache.class);

    private static final int CLEAR_AGAIN_MS = 500;

    private final Vertx vertx;
    private final Bus bus;
    private final RedisCache redis;
    private final Cache<EntityRef, EntityState> near;
    private final Batcher<EntityState, Boolean> writes;
    /** Entities being read now, with the newest version that a commit brought meanwhile. */
    private final Map<EntityRef, Reading> readings = new HashMap<>();

    private final Map<Level, Counter> hits = new EnumMap<>(Level.class);
    private boolean trusted;
    private boolean clearing;

    private static final class Reading {
        final Future<EntityState> result;
        long atLeast;

        Reading(Future<EntityState> result) {
            this.result = result;
        }
    }

    EntityCache(Vertx vertx, Bus bus, RedisCache redis, CacheSettings settings, MeterRegistry metrics) {
        this.vertx = vertx;
        this.bus = bus;
        this.redis = redis;
        this.near = Caffeine.newBuilder()
                .maximumSize(settings.nearEntries())
                .expireAfterWrite(settings.nearTtl())
                .executor(Runnable::run)
                .build();
        this.writes = new Batcher<>("cache-redis", new Batcher.Limits(500, 50_000, 1), metrics, this::writeThrough);
        for (Level level : Level.values()) {
            hits.put(
                    level,
                    metrics.counter(
                            "millrace.cache.reads", "level", level.name().toLowerCase(java.util.Locale.ROOT)));
        }
    }

    Future<EntityState> get(EntityQuery query) {
        EntityRef ref = query.entity();
        if (query.fresh()) {
            return database(ref).onSuccess(this::count);
        }
        EntityState known = near.getIfPresent(ref);
        Future<EntityState> answer = known != null && known.state() != null
                ? Future.succeededFuture(known.at(Level.NEAR))
                : load(ref, known == null ? 0 : known.version());
        return answer.onSuccess(this::count);
    }

    private void count(EntityState state) {
        Counter counter = hits.get(state.level());
        if (counter != null) {
            counter.increment();
        }
    }

    /**
     * One read for all who ask at once.
     *
     * @param atLeast the version that is known to exist
     */
    private Future<EntityState> load(EntityRef ref, long atLeast) {
        Reading underWay = readings.get(ref);
        if (underWay != null) {
            return underWay.result;
        }
        Future<EntityState> result = trusted
                ? redis.get(ref)
                        .recover(error -> {
                            distrust(error);
                            return Future.succeededFuture();
                        })
                        .compose(found -> found != null && found.version() >= atLeast
                                ? Future.succeededFuture(found)
                                : database(ref))
                : database(ref);
        Reading reading = new Reading(result);
        readings.put(ref, reading);
        result.onComplete(done -> {
            readings.remove(ref);
            // A commit that came while we read is newer than what we read.
            if (done.succeeded() && done.result().version() >= reading.atLeast) {
                near.put(ref, done.result());
                if (done.result().level() == Level.DATABASE && done.result().state() != null) {
                    write(List.of(done.result()));
                }
            }
        });
        return result;
    }

    private Future<EntityState> database(EntityRef ref) {
        return bus.request(Addresses.ENTITY, new EntityQuery(ref, true));
    }

    @Override
    public void committed(String stream, List<Committed> events) {
        Map<EntityRef, EntityState> newest = new LinkedHashMap<>();
        for (Committed event : events) {
            EntityRef ref = event.event().entity();
            Position position = event.position();
            if (ref == null || position == null || event.entityVersion() == 0) {
                continue;
            }
            // Without a state, from history or after a deletion, it says that there is something newer: ask PostgreSQL.
            newest.put(ref, new EntityState(ref, event.entityVersion(), event.state(), stream, position, Level.NEAR));
        }
        for (EntityState state : newest.values()) {
            Reading reading = readings.get(state.entity());
            if (reading != null) {
                reading.atLeast = Math.max(reading.atLeast, state.version());
            }
            EntityState known = near.getIfPresent(state.entity());
            if (known == null || known.version() < state.version()) {
                near.put(state.entity(), state);
            }
        }
        write(List.copyOf(newest.values()));
    }

    private void write(List<EntityState> states) {
        if (trusted && !states.isEmpty()) {
            writes.addAll(states).onFailure(this::distrust);
        }
    }

    private Future<List<Boolean>> writeThrough(List<EntityState> states) {
        return redis.put(states).map(done -> Collections.nCopies(states.size(), true));
    }

    /**
     * What Redis didn't take it must not answer with: until it has forgotten everything, nobody asks it. So too at the
     * start, as nobody knows what was committed while this node was away.
     */
    private void distrust(Throwable error) {
        if (trusted) {
            LOG.warn("Redis doesn't answer, reads go to PostgreSQL: {}", error.getMessage());
        }
        trusted = false;
        if (!clearing) {
            clearing = true;
            vertx.setTimer(CLEAR_AGAIN_MS, timer -> clear());
        }
    }

    /** Begins with an empty Redis; completes whether it could be reached or not. */
    Future<Void> clear() {
        clearing = true;
        // A write that is still under way would come after what it was forgotten with.
        return Idle.await(vertx, writes::idle)
                .compose(idle -> redis.clear())
                .onComplete(done -> clearing = false)
                .onSuccess(empty -> {
                    trusted = true;
                    LOG.info("Redis answers");
                })
                .recover(error -> {
                    distrust(error);
                    return Future.succeededFuture();
                });
    }

    @Override
    public void transients(List<Committed> events) {
        // They change no entity.
    }

    @Override
    public void reset(String stream, Position beginning) {
        // Where a stream is begun anew, versions may be too, and Redis would keep the higher ones of before.
        near.invalidateAll();
        trusted = false;
        if (!clearing) {
            clear().onFailure(this::distrust);
        }
    }
}

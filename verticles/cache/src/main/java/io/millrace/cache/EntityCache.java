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
import io.millrace.platform.StreamFollower;
import io.vertx.core.Future;
import java.util.ArrayList;
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

    private final Bus bus;
    private final RedisCache redis;
    private final Cache<EntityRef, EntityState> near;
    private final Batcher<EntityState, Boolean> writes;
    /** Entities being read now, with the newest version that a commit brought meanwhile. */
    private final Map<EntityRef, Reading> readings = new HashMap<>();

    private final Map<Level, Counter> hits = new EnumMap<>(Level.class);
    private boolean redisFails;

    private static final class Reading {
        final Future<EntityState> result;
        long newerVersion;

        Reading(Future<EntityState> result) {
            this.result = result;
        }
    }

    EntityCache(Bus bus, RedisCache redis, CacheSettings settings, MeterRegistry metrics) {
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
        EntityState known = query.fresh() ? null : near.getIfPresent(ref);
        Future<EntityState> answer = known != null
                ? Future.succeededFuture(known.at(Level.NEAR))
                : query.fresh() ? database(ref) : load(ref);
        return answer.onSuccess(this::count);
    }

    private void count(EntityState state) {
        Counter counter = hits.get(state.level());
        if (counter != null) {
            counter.increment();
        }
    }

    /** One read for all who ask at once. */
    private Future<EntityState> load(EntityRef ref) {
        Reading underWay = readings.get(ref);
        if (underWay != null) {
            return underWay.result;
        }
        Future<EntityState> result = redis.get(ref)
                .recover(error -> {
                    redisTrouble(error);
                    return Future.succeededFuture();
                })
                .compose(found -> found != null ? Future.succeededFuture(found) : database(ref));
        Reading reading = new Reading(result);
        readings.put(ref, reading);
        result.onComplete(done -> {
            readings.remove(ref);
            // A commit that came while we read is newer than what we read.
            if (done.succeeded() && done.result().version() >= reading.newerVersion) {
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
        List<EntityRef> unknown = new ArrayList<>();
        for (Committed event : events) {
            EntityRef ref = event.event().entity();
            Position position = event.position();
            if (ref == null || position == null || event.entityVersion() == 0) {
                continue;
            }
            boolean fromHistory = event.state() == null;
            Reading reading = readings.get(ref);
            if (reading != null) {
                reading.newerVersion = Math.max(reading.newerVersion, event.entityVersion());
            }
            if (fromHistory) {
                // History doesn't tell the state (nor does a deletion): whoever asks next reads PostgreSQL.
                unknown.add(ref);
                newest.remove(ref);
            } else {
                newest.put(
                        ref, new EntityState(ref, event.entityVersion(), event.state(), stream, position, Level.NEAR));
            }
        }
        forget(unknown);
        newest.values().forEach(this::refresh);
        write(List.copyOf(newest.values()));
    }

    private void refresh(EntityState state) {
        EntityState known = near.getIfPresent(state.entity());
        if (known != null && known.version() < state.version()) {
            near.put(state.entity(), state);
        }
    }

    private void forget(List<EntityRef> refs) {
        if (!refs.isEmpty()) {
            near.invalidateAll(refs);
            redis.drop(refs).onFailure(this::redisTrouble);
        }
    }

    private void write(List<EntityState> states) {
        if (!states.isEmpty()) {
            writes.addAll(states).onFailure(error -> {
                // What Redis doesn't get it must not answer with either.
                redisTrouble(error);
                redis.drop(states.stream().map(EntityState::entity).toList()).onFailure(this::redisTrouble);
            });
        }
    }

    private Future<List<Boolean>> writeThrough(List<EntityState> states) {
        return redis.put(states).map(done -> {
            if (redisFails) {
                redisFails = false;
                LOG.info("Redis answers again");
            }
            return Collections.nCopies(states.size(), true);
        });
    }

    private void redisTrouble(Throwable error) {
        if (!redisFails) {
            redisFails = true;
            LOG.warn("Redis doesn't answer, reads go to PostgreSQL: {}", error.getMessage());
        }
    }

    @Override
    public void transients(List<Committed> events) {
        // They change no entity.
    }

    @Override
    public void reset(String stream, String epoch) {
        near.invalidateAll();
    }
}

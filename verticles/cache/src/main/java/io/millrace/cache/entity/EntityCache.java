package io.millrace.cache.entity;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.cache.CacheSettings;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.entity.EntityQuery;
import io.millrace.contracts.entity.EntityState;
import io.millrace.contracts.entity.EntityState.Level;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Position;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.metrics.EnumCounters;
import io.millrace.platform.resilience.Batcher;
import io.millrace.platform.stream.StreamFollower;
import io.vertx.core.Future;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads entities and writes them through. It follows every stream as broadcast does, so that lost messages are noticed
 * within a second. Redis has the entities that don't fit into memory, and is never trusted: its answers are verified
 * with the {@link VersionIndex}. All state belongs to the cache verticle's event loop.
 */
public final class EntityCache implements StreamFollower.Sink {
    private static final Logger LOG = LoggerFactory.getLogger(EntityCache.class);

    private final Bus bus;
    private final RedisCache redis;
    private final Cache<EntityRef, EntityState> near;
    private final VersionIndex fingerprints;
    private final Batcher<EntityState, Boolean> writes;
    /** The reads in progress, with the newest version that was committed meanwhile. */
    private final Map<EntityRef, Reading> readings = new HashMap<>();

    private final EnumCounters<Level> hits;

    private static final class Reading {
        final Future<EntityState> result;
        long atLeast;

        Reading(Future<EntityState> result) {
            this.result = result;
        }
    }

    public EntityCache(Bus bus, RedisCache redis, CacheSettings settings, MeterRegistry metrics) {
        this.bus = bus;
        this.redis = redis;
        this.near = Caffeine.newBuilder()
                .maximumWeight(settings.nearEntries() == 0 ? 0 : settings.nearBytes())
                .weigher((EntityRef ref, EntityState state) -> weight(state, settings))
                .expireAfterWrite(settings.nearTtl())
                .executor(Runnable::run)
                .build();
        this.fingerprints = new VersionIndex(settings.knownEntities());
        this.writes = new Batcher<>("cache-redis", new Batcher.Limits(500, 50_000, 1), metrics, this::writeThrough);
        this.hits = new EnumCounters<>("millrace.cache.reads", "level", Level.class, metrics);
    }

    /** The entity's bytes; at least an even share, so that there are never more than {@code nearEntries} entities. */
    private static int weight(EntityState state, CacheSettings settings) {
        long share = Math.max(1, settings.nearBytes() / Math.max(1, settings.nearEntries()));
        return (int) Math.max(Math.min(share, Integer.MAX_VALUE), state.state() == null ? 0 : state.state().length);
    }

    public Future<EntityState> get(EntityQuery query) {
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
        hits.increment(state.level());
    }

    /**
     * Shares one read among concurrent requests.
     *
     * @param atLeast a version that is known to exist
     */
    private Future<EntityState> load(EntityRef ref, long atLeast) {
        Reading underWay = readings.get(ref);
        if (underWay != null) {
            return underWay.result;
        }
        Future<EntityState> result = fingerprints.knows(ref)
                ? redis.get(ref)
                        .otherwise(down -> null)
                        .compose(found -> found != null && found.version() >= atLeast && fingerprints.matches(found)
                                ? Future.succeededFuture(found)
                                : database(ref))
                : database(ref);
        Reading reading = new Reading(result);
        readings.put(ref, reading);
        result.onComplete(done -> {
            readings.remove(ref);
            // A commit during the read is newer than the result.
            if (done.succeeded() && done.result().version() >= reading.atLeast) {
                remember(done.result());
            }
        });
        return result;
    }

    private void remember(EntityState state) {
        near.put(state.entity(), state);
        if (state.level() == Level.DATABASE) {
            fingerprints.note(state);
            if (state.state() != null) {
                // Redis had an outdated or foreign value.
                redis.replace(state)
                        .onFailure(error -> LOG.debug("{} isn't in Redis: {}", state.entity(), error.getMessage()));
            }
        }
    }

    private Future<EntityState> database(EntityRef ref) {
        return bus.request(Addresses.ENTITY, new EntityQuery(ref, true));
    }

    @Override
    public void committed(String stream, List<CommittedEvent> events) {
        Map<EntityRef, EntityState> newest = new LinkedHashMap<>();
        for (CommittedEvent event : events) {
            EntityRef ref = event.event().entity();
            Position position = event.position();
            if (ref == null || position == null || event.entityVersion() == 0) {
                continue;
            }
            // Without a state, from history or after a deletion, only the version is known: the next read is from
            // PostgreSQL.
            newest.put(ref, new EntityState(ref, event.entityVersion(), event.state(), position, Level.NEAR));
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
            fingerprints.note(state);
        }
        write(List.copyOf(newest.values()));
    }

    private void write(List<EntityState> states) {
        if (!states.isEmpty()) {
            writes.addAll(states)
                    .onFailure(
                            error -> LOG.debug("{} entities aren't in Redis: {}", states.size(), error.getMessage()));
        }
    }

    private Future<List<Boolean>> writeThrough(List<EntityState> states) {
        return redis.put(states).map(done -> Collections.nCopies(states.size(), true));
    }

    @Override
    public void transients(List<CommittedEvent> events) {
        // Transient events change no entity.
    }

    @Override
    public void reset(String stream, Position beginning) {
        // After a reset of a stream, versions may start again.
        near.invalidateAll();
        fingerprints.clear();
    }
}

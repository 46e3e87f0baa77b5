package io.millrace.persistence.commit;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.persistence.entity.ChangedEntity;
import io.millrace.persistence.entity.StoredEntity;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The stream heads and entities of a pipeline, as its own last commits left them. They may be outdated, since other
 * nodes commit, too. A commit decided from the cache needs neither reads nor locks, because its statement writes only
 * if the cache was right (optimistic concurrency control; Kung and Robinson, 1981).
 *
 * <p>If the cache was wrong, others write to the same stream, and the stream isn't trusted again until the cache was
 * right several times in a row; more often each time. Owned by the persistence verticle's event loop.
 */
public final class CommitCache {
    private static final int STREAMS = 100_000;
    private static final int MOST_DOUBT = 256;
    private static final long UNKNOWN = -1;
    /** Bytes that an entity takes besides its text. */
    private static final int ENTRY_BYTES = 100;

    private final Cache<String, End> streams =
            Caffeine.newBuilder().maximumSize(STREAMS).executor(Runnable::run).build();
    private final Cache<EntityRef, StoredEntity> entities;

    /** @param bytes the bytes of JSON in the cache, which take several times as much memory */
    public CommitCache(long bytes) {
        entities = Caffeine.newBuilder()
                .maximumWeight(bytes)
                .weigher((EntityRef ref, StoredEntity stored) -> ENTRY_BYTES + stored.length())
                .executor(Runnable::run)
                .build();
    }

    /** The head of a stream. */
    private static final class End {
        final int id;
        final String epoch;
        long head;
        /** How often the cache must be right before the stream is trusted. */
        int doubt;

        int penalty = 1;

        End(CommitPlan.Stream stream) {
            this.id = stream.id;
            this.epoch = stream.epoch;
            this.head = stream.head;
        }
    }

    /** Whether the cache is trusted for all streams of these events. */
    boolean covers(List<Event> events) {
        for (Event event : events) {
            End end = streams.getIfPresent(event.stream());
            if (end == null || end.head == UNKNOWN || end.doubt > 0) {
                return false;
            }
        }
        return true;
    }

    /** The entities of these events that aren't in the cache. */
    List<EntityRef> missing(List<Event> events) {
        Set<EntityRef> missing = new LinkedHashSet<>();
        for (Event event : events) {
            EntityRef ref = event.entity();
            if (ref != null && entities.getIfPresent(ref) == null) {
                missing.add(ref);
            }
        }
        return List.copyOf(missing);
    }

    /** Loads the cached heads and entities into a commit, for streams that the cache {@link #covers}. */
    void load(List<Event> events, CommitPlan commit) {
        for (Event event : events) {
            End end = streams.getIfPresent(event.stream());
            if (end != null) {
                commit.stream(event.stream(), end.id, end.epoch, end.head);
            }
            EntityRef ref = event.entity();
            StoredEntity known = ref == null ? null : entities.getIfPresent(ref);
            if (ref != null && known != null) {
                commit.entities().found(ref, known);
            }
        }
    }

    /** Applies a decided commit to the cache before PostgreSQL confirms it. */
    void apply(CommitPlan commit) {
        commit.streams().forEach((name, stream) -> {
            End end = streams.getIfPresent(name);
            if (end != null) {
                end.head = stream.head;
            }
        });
        keepEntities(commit);
    }

    /** PostgreSQL confirmed an optimistic commit. */
    void confirm(CommitPlan commit) {
        commit.streams().keySet().forEach(name -> {
            End end = streams.getIfPresent(name);
            if (end != null) {
                end.penalty = Math.max(1, end.penalty - 1);
            }
        });
    }

    /** Another node committed first: the streams are trusted less. */
    void doubt(List<Event> events) {
        remove(events);
        for (String name : names(events)) {
            End end = streams.getIfPresent(name);
            if (end != null) {
                end.penalty = Math.min(MOST_DOUBT, end.penalty * 2);
                end.doubt = end.penalty;
            }
        }
    }

    /** Removes the streams and entities of these events. */
    void remove(List<Event> events) {
        for (Event event : events) {
            End end = streams.getIfPresent(event.stream());
            if (end != null) {
                end.head = UNKNOWN;
            }
            if (event.entity() != null) {
                entities.invalidate(event.entity());
            }
        }
    }

    /** Forgets everything. */
    void clear() {
        streams.invalidateAll();
        entities.invalidateAll();
    }

    /** Updates the cache from a commit under locks, which also shows whether the cache would have been right. */
    void update(CommitPlan commit) {
        boolean same = commit.entities().entries().allMatch(this::isAsCached);
        commit.streams().forEach((name, stream) -> {
            End end = streams.getIfPresent(name);
            if (end == null || end.id != stream.id || !end.epoch.equals(stream.epoch)) {
                streams.put(name, new End(stream));
                return;
            }
            if (end.head != UNKNOWN) {
                end.doubt = same && end.head == stream.was ? Math.max(0, end.doubt - 1) : end.penalty;
            }
            end.head = stream.head;
        });
        keepEntities(commit);
    }

    private boolean isAsCached(ChangedEntity entry) {
        StoredEntity known = entities.getIfPresent(entry.ref());
        return known == null || known.version() == entry.base();
    }

    private void keepEntities(CommitPlan commit) {
        commit.entities().entries().forEach(entry -> entities.put(entry.ref(), entry.stored()));
    }

    private static Set<String> names(List<Event> events) {
        Set<String> names = new LinkedHashSet<>();
        events.forEach(event -> names.add(event.stream()));
        return names;
    }
}

package io.millrace.persistence.commit;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.persistence.commit.EntityChanges.Standing;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Where the streams of a lane end and how its entities stand, as far as its own last commits tell. It is a guess: others
 * commit too. A commit decided from it needs neither reads nor locks, because the statement that writes it holds only if
 * the guess was right (optimistic locking; Kung and Robinson, 1981).
 *
 * <p>Where the guess was wrong others write to the same stream, and it isn't trusted again until it was right several times
 * in a row; more often each time. Owned by the persistence verticle's event loop.
 */
public final class CommitCache {
    private static final int STREAMS = 100_000;
    private static final int MOST_DOUBT = 256;
    private static final long UNKNOWN = -1;
    /** What an entity costs beside its text. */
    private static final int ENTRY_BYTES = 100;

    private final Cache<String, End> streams =
            Caffeine.newBuilder().maximumSize(STREAMS).executor(Runnable::run).build();
    private final Cache<EntityRef, Standing> entities;

    /** @param bytes of JSON that it may remember; in memory it is several times as much */
    public CommitCache(long bytes) {
        entities = Caffeine.newBuilder()
                .maximumWeight(bytes)
                .weigher((EntityRef ref, Standing standing) -> ENTRY_BYTES + standing.length())
                .executor(Runnable::run)
                .build();
    }

    /** Where a stream ends. */
    private static final class End {
        final int id;
        final String epoch;
        long head;
        /** How often it must be right before it is trusted. */
        int doubt;

        int penalty = 1;

        End(CommitPlan.Stream stream) {
            this.id = stream.id;
            this.epoch = stream.epoch;
            this.head = stream.head;
        }
    }

    /** Whether it may be relied on for all streams of these events. */
    boolean covers(List<Event> events) {
        for (Event event : events) {
            End end = streams.getIfPresent(event.stream());
            if (end == null || end.head == UNKNOWN || end.doubt > 0) {
                return false;
            }
        }
        return true;
    }

    /** The entities of these events that it knows nothing of. */
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

    /** Tells a commit what it knows, of streams that it {@link #covers}. */
    void recall(List<Event> events, CommitPlan commit) {
        for (Event event : events) {
            End end = streams.getIfPresent(event.stream());
            if (end != null) {
                commit.stream(event.stream(), end.id, end.epoch, end.head);
            }
            EntityRef ref = event.entity();
            Standing known = ref == null ? null : entities.getIfPresent(ref);
            if (ref != null && known != null) {
                commit.ledger().found(ref, known);
            }
        }
    }

    /** Takes for granted that a decided commit will be. */
    void foresee(CommitPlan commit) {
        commit.streams().forEach((name, stream) -> {
            End end = streams.getIfPresent(name);
            if (end != null) {
                end.head = stream.head;
            }
        });
        keepEntities(commit);
    }

    /** What was foreseen is true. */
    void right(CommitPlan commit) {
        commit.streams().keySet().forEach(name -> {
            End end = streams.getIfPresent(name);
            if (end != null) {
                end.penalty = Math.max(1, end.penalty - 1);
            }
        });
    }

    /** Others were faster. */
    void wrong(List<Event> events) {
        forget(events);
        for (String name : names(events)) {
            End end = streams.getIfPresent(name);
            if (end != null) {
                end.penalty = Math.min(MOST_DOUBT, end.penalty * 2);
                end.doubt = end.penalty;
            }
        }
    }

    /** Of these it knows nothing any more. */
    void forget(List<Event> events) {
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

    /** What a commit under locks found and left; it also shows whether this memory would have been right. */
    void learn(CommitPlan commit) {
        boolean same = commit.ledger().entries().allMatch(this::asRemembered);
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

    private boolean asRemembered(EntityChanges.Entry entry) {
        Standing known = entities.getIfPresent(entry.ref);
        return known == null || known.version() == entry.base;
    }

    private void keepEntities(CommitPlan commit) {
        commit.ledger().entries().forEach(entry -> entities.put(entry.ref, entry.standing()));
    }

    private static Set<String> names(List<Event> events) {
        Set<String> names = new LinkedHashSet<>();
        events.forEach(event -> names.add(event.stream()));
        return names;
    }
}

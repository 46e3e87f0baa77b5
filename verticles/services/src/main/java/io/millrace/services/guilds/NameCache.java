package io.millrace.services.guilds;

import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * The names of entities, as they were when they were read: the most recently used ones, each until it is said to have changed,
 * or until its time is over. A name that is being read is read once, however many ask; if it changes meanwhile, what was read
 * is not kept. Belongs to one event loop.
 */
final class NameCache {
    private final int most;
    private final long keptMs;
    private final LongSupplier nowMs;
    private final Map<EntityKey, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
    private long hits;
    private long misses;

    private record Entry(Future<String> name, long atMs) {}

    /**
     * @param most how many names are kept
     * @param keptMs how long one is kept that nothing is heard of, ms
     * @param nowMs the time, ms, from any beginning
     */
    NameCache(int most, long keptMs, LongSupplier nowMs) {
        this.most = most;
        this.keptMs = keptMs;
        this.nowMs = nowMs;
    }

    /** The name of an entity; empty if it has none. A failure isn't kept. */
    Future<String> get(EntityKey key, Function<EntityKey, Future<String>> read) {
        Entry known = entries.get(key);
        if (known != null && nowMs.getAsLong() - known.atMs < keptMs) {
            hits++;
            return known.name;
        }
        misses++;
        Future<String> name = read.apply(key);
        Entry entry = put(key, name);
        return name.onFailure(unread -> entries.remove(key, entry));
    }

    /** Keeps a name that was read before anybody asks for it. */
    void preload(EntityKey key, String name) {
        var unused = put(key, Future.succeededFuture(name));
    }

    private Entry put(EntityKey key, Future<String> name) {
        Entry entry = new Entry(name, nowMs.getAsLong());
        entries.put(key, entry);
        if (entries.size() > most) {
            entries.remove(entries.keySet().iterator().next());
        }
        return entry;
    }

    /** The entity has changed. */
    void invalidate(EntityKey key) {
        entries.remove(key);
    }

    int size() {
        return entries.size();
    }

    long hits() {
        return hits;
    }

    long misses() {
        return misses;
    }
}

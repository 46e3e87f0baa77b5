package io.millrace.cache.entity;

import io.millrace.contracts.entity.EntityState;
import io.millrace.contracts.event.EntityRef;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The newest version of each entity that this node has seen, and a checksum of its state, to verify what Redis returns.
 * Redis may be emptied, restored from a snapshot or written to by other programs, so its answer counts only if it
 * matches to the byte.
 *
 * <p>A table of fixed size with slots of 16 bytes. An entity has one slot; of entities with the same slot the one seen
 * last has it, and the others are read from PostgreSQL. All state belongs to the cache verticle's event loop.
 */
final class VersionIndex {
    private static final long FNV_PRIME = 0x100000001b3L;
    private static final long FNV_BASIS = 0xcbf29ce484222325L;

    private final long[] entities;
    /** The version's lower half and the checksum; 0 in an empty slot. */
    private final long[] prints;

    /**
     * @param places the number of slots, rounded up to a power of two
     */
    VersionIndex(int places) {
        int size = Integer.highestOneBit(Math.max(1, places) * 2 - 1);
        entities = new long[size];
        prints = new long[size];
    }

    /** Notes an entity's version and state; without a state only the version is known. Older versions are ignored. */
    void note(EntityState state) {
        long entity = hash(state.entity());
        int place = place(entity);
        if (entities[place] == entity && version(prints[place]) > (state.version() & 0xffffffffL)) {
            return;
        }
        entities[place] = entity;
        prints[place] = state.state() == null ? 0 : print(state);
    }

    /** Whether Redis may have a verifiable state of the entity. */
    boolean knows(EntityRef ref) {
        long entity = hash(ref);
        int place = place(entity);
        return entities[place] == entity && prints[place] != 0;
    }

    /** Whether the state matches the newest version that this node has seen. */
    boolean matches(EntityState found) {
        long entity = hash(found.entity());
        int place = place(entity);
        return entities[place] == entity && found.state() != null && prints[place] == print(found);
    }

    void clear() {
        Arrays.fill(prints, 0);
    }

    private int place(long hash) {
        return (int) (hash ^ (hash >>> 32)) & (entities.length - 1);
    }

    private static long version(long print) {
        return print >>> 32;
    }

    private static long print(EntityState state) {
        CRC32C sum = new CRC32C();
        byte[] bytes = state.state();
        if (bytes != null) {
            sum.update(bytes);
        }
        sum.update(place(state).getBytes(StandardCharsets.UTF_8));
        return state.version() << 32 | sum.getValue();
    }

    /** The checksum of a version's position. */
    static String place(EntityState state) {
        return state.position() + " " + state.entity().stream();
    }

    /** FNV-1a over the characters, 64 bits: two entities of the same hash are not to be expected. */
    private static long hash(EntityRef ref) {
        // Neither a kind nor a stream has a line break, so that different names have different texts.
        return hash(ref.id(), hash("\n", hash(ref.stream(), hash("\n", hash(ref.kind(), FNV_BASIS)))));
    }

    private static long hash(String text, long from) {
        long hash = from;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * FNV_PRIME;
        }
        return hash;
    }
}

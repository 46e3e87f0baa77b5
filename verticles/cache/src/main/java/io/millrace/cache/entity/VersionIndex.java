package io.millrace.cache.entity;

import io.millrace.contracts.entity.EntityState;
import io.millrace.contracts.event.EntityRef;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * What Redis may be believed: of each entity the newest version that this node has seen, and a checksum of how it stood. Redis
 * may be emptied, come back from a snapshot or be written to by somebody else, so what it says of an entity counts only if
 * it is that to the byte.
 *
 * <p>A table of fixed size, 16 bytes a place. An entity has one place in it; whichever of those that share one was seen
 * last has it, and the others are read from PostgreSQL. All state belongs to the cache verticle's event loop.
 */
final class VersionIndex {
    private static final long FNV_PRIME = 0x100000001b3L;
    private static final long FNV_BASIS = 0xcbf29ce484222325L;

    private final long[] entities;
    /** The version's lower half, and the checksum; 0 where nothing is known. */
    private final long[] prints;

    /**
     * @param places rounded up to a power of two
     */
    VersionIndex(int places) {
        int size = Integer.highestOneBit(Math.max(1, places) * 2 - 1);
        entities = new long[size];
        prints = new long[size];
    }

    /** It stands like this now; without a state, nobody here knows how. An older version than the last one says nothing. */
    void note(EntityState state) {
        long entity = hash(state.entity());
        int place = place(entity);
        if (entities[place] == entity && version(prints[place]) > (state.version() & 0xffffffffL)) {
            return;
        }
        entities[place] = entity;
        prints[place] = state.state() == null ? 0 : print(state);
    }

    /** Whether it is worth asking Redis. */
    boolean knows(EntityRef ref) {
        long entity = hash(ref);
        int place = place(entity);
        return entities[place] == entity && prints[place] != 0;
    }

    /** Whether that is how the entity stands, as far as this node knows. */
    boolean fits(EntityState found) {
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

    /** Where this version was made. */
    static String place(EntityState state) {
        return state.position() + " " + state.entity().stream();
    }

    /** FNV-1a over the characters, 64 bits: two entities of the same hash are not to be expected. */
    private static long hash(EntityRef ref) {
        // Neither a kind nor a stream holds a line's end, so that no two names read the same.
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

package io.millrace.platform.auth.keys;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where keys of an issuer come from. Called on one thread at a time, which may be blocked. */
public interface KeySource {
    /**
     * The keys as they are now.
     *
     * @param wanted a {@code kid} that a token named and no known key has; null at the regular reading
     * @throws IOException if they can't be had now; its message says why in a few words
     */
    List<VerificationKey> read(@Nullable String wanted) throws IOException;

    /** Whether a key may turn up when it is asked for, before the next regular reading. */
    default boolean asksOnDemand() {
        return false;
    }

    /** Whether it may ever bring others. */
    default boolean changes() {
        return true;
    }

    /** A key that never changes. */
    static KeySource fixed(VerificationKey key) {
        return new KeySource() {
            @Override
            public List<VerificationKey> read(@Nullable String wanted) {
                return List.of(key);
            }

            @Override
            public boolean changes() {
                return false;
            }
        };
    }
}

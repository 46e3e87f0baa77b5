package io.millrace.aggregate.rollup;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What has failed several times in a row, for the health of the node. Owned by one event loop, except {@link #error}. */
public final class RepeatedFailures {
    /** One failure may be of the moment. */
    private static final int SEVERAL = 3;

    private final String message;
    private final Map<String, Integer> inARow = new HashMap<>();
    private volatile @Nullable String error;

    /** @param message what is wrong, up to the name of what has failed */
    public RepeatedFailures(String message) {
        this.message = message;
    }

    /** @return whether nothing else fails, so that it is worth a line of the log */
    public boolean failed(String name) {
        boolean first = inARow.isEmpty();
        if (inARow.merge(name, 1, Integer::sum) >= SEVERAL) {
            error = message + name;
        }
        return first;
    }

    public void succeeded(Collection<String> names) {
        if (inARow.keySet().removeAll(names)) {
            error = inARow.entrySet().stream()
                    .filter(entry -> entry.getValue() >= SEVERAL)
                    .findAny()
                    .map(entry -> message + entry.getKey())
                    .orElse(null);
        }
    }

    /** What is wrong; null if nothing is. Safe from any thread. */
    public @Nullable String error() {
        return error;
    }
}

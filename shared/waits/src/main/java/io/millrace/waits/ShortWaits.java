package io.millrace.waits;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/**
 * For a class with hundreds of waits for what is there within 20 ms: Awaitility looks after 100 ms, this one after 5 ms, and
 * then ever less often, every 100 ms in the end.
 */
public final class ShortWaits {
    static final Duration FIRST = Duration.ofMillis(5);
    static final Duration LONGEST = Duration.ofMillis(100);

    private ShortWaits() {}

    /** As {@link Awaitility#await()}. */
    public static ConditionFactory await() {
        return Awaitility.await().pollDelay(FIRST).pollInterval((looks, last) -> next(last));
    }

    /** Half as long again as the last one, within the bounds. */
    static Duration next(Duration last) {
        Duration longer = last.multipliedBy(3).dividedBy(2);
        if (longer.compareTo(FIRST) < 0) {
            return FIRST;
        }
        return longer.compareTo(LONGEST) < 0 ? longer : LONGEST;
    }
}

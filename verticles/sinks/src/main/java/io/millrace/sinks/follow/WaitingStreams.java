package io.millrace.sinks.follow;

import java.util.LinkedHashSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The streams with new events that a sink knows of, each until its turn, and how far its comparisons have come in finding
 * others. A comparison looks for as many as there is room for and goes on where the one before ended, so that what is held
 * back hides no other stream. Belongs to one event loop.
 */
final class WaitingStreams {
    private final LinkedHashSet<String> streams = new LinkedHashSet<>();
    private final int most;

    /** There was no room for a stream since the comparison of everything last began. */
    private boolean overflowed;
    /** A stream was, since everything was last compared. */
    private boolean heldBack;
    /** The last streams that the comparisons of what has changed and of everything found, if there may be more. */
    private String changedTo = "";

    private String comparedTo = "";

    /** @param most how many may wait, at least 1 */
    WaitingStreams(int most) {
        this.most = most;
    }

    /** False if there is no room: a comparison finds it. */
    boolean add(String stream) {
        if (streams.size() < most || streams.contains(stream)) {
            streams.add(stream);
            return true;
        }
        overflowed = true;
        return false;
    }

    /** The first that may have its turn, which waits no longer; null if none may. */
    @Nullable
    String take(Predicate<String> free) {
        String first = streams.stream().filter(free).findFirst().orElse(null);
        if (first != null) {
            streams.remove(first);
        }
        return first;
    }

    /** A stream had its turn in vain; comparisons find it again. */
    void heldBack() {
        heldBack = true;
    }

    /** Nothing waits, here or for its target. */
    boolean isEmpty() {
        return streams.isEmpty() && !heldBack;
    }

    /** Whether everything is to be compared at once. What is held back would be found again at once. */
    boolean mayBeMore() {
        return (overflowed || !comparedTo.isEmpty()) && isEmpty();
    }

    /** How many streams a comparison may look for. */
    int room() {
        int room = Math.max(0, most - streams.size());
        overflowed |= room == 0;
        return room;
    }

    /** The stream behind which a comparison goes on, of everything or of what has changed. */
    String begin(boolean everything) {
        if (everything && comparedTo.isEmpty()) {
            overflowed = false;
        }
        return everything ? comparedTo : changedTo;
    }

    /**
     * A comparison has ended.
     *
     * @param last the last stream for which there was room
     * @param more whether there may be others behind it
     */
    void end(boolean everything, String last, boolean more) {
        String next = more ? last : "";
        if (everything) {
            comparedTo = next;
            heldBack &= more;
        } else {
            changedTo = next;
            overflowed |= more;
        }
    }
}

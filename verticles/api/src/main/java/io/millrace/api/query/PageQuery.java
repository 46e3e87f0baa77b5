package io.millrace.api.query;

import io.millrace.contracts.event.Position;
import io.millrace.contracts.filter.Filter;
import io.millrace.contracts.stream.HistoryQuery;
import org.jspecify.annotations.Nullable;

/**
 * A page of history that is asked for. Immutable.
 *
 * @param before only events before this offset; {@link Long#MAX_VALUE} for all
 * @param first the offset from which on no event may be missing; {@link Long#MAX_VALUE} where what is kept is asked for
 * @param filter null for every visible event
 */
record PageQuery(HistoryQuery page, long before, long first, @Nullable Filter filter, boolean whole) {
    /**
     * Whether an answer of so many events is the same for ever: at the end of the stream there will be more, and neither the
     * beginning nor a time is always the same position.
     */
    boolean isClosed(int events) {
        return first < Long.MAX_VALUE && events >= page.limit();
    }

    /** Whether the answer is one page of history as it is. */
    boolean plain() {
        return whole && filter == null && before == Long.MAX_VALUE;
    }

    /**
     * Where a page begins.
     *
     * @param first as in {@link PageQuery}
     */
    record Start(long offset, long first) {
        static final Start KEPT = new Start(0, Long.MAX_VALUE);

        static Start behind(Position position) {
            long offset = position.offset();
            return new Start(offset, offset == Long.MAX_VALUE ? offset : offset + 1);
        }
    }
}

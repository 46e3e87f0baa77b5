package io.millrace.contracts.connection;

import java.util.List;

/**
 * The connections that a query matches, the slowest first.
 *
 * @param connections at most as many as were asked for
 * @param matched how many match
 * @param silent the nodes that did not answer, by the names that they have between each other
 * @param acknowledge clients acknowledge one of so many events; 0 if they are not asked to
 * @param readTimes how long events took to be read in the last minutes, of all clients
 */
public record ConnectionPage(
        List<ConnectionInfo> connections,
        long matched,
        List<String> silent,
        int acknowledge,
        List<ReadTimes> readTimes) {

    /**
     * From an event's acceptance until its client acknowledged it.
     *
     * @param namespace of the events' streams; {@code kpi} for KPIs
     * @param counts how many took as long as each of {@link #bound} says, and longer than the one before
     */
    public record ReadTimes(String namespace, List<Long> counts) {
        /** The number of {@link #counts}. The last one has no upper bound. */
        public static final int BUCKETS = 48;

        private static final int PER_DOUBLING = 2;

        /** The longest time of a bucket in microseconds: 100 µs, and the square root of 2 times more with each. */
        public static long bound(int bucket) {
            return Math.round(100 * Math.pow(2, (double) bucket / PER_DOUBLING));
        }

        /** The bucket of a time in microseconds. */
        public static int bucket(long micros) {
            int low = 0;
            for (int high = BUCKETS - 1; low < high; ) {
                int middle = (low + high) / 2;
                if (bound(middle) < micros) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }

        public long count() {
            return counts.stream().mapToLong(Long::longValue).sum();
        }

        /**
         * The time within which a part of the events was read, to the next bound of a bucket.
         *
         * @param part 0 to 1
         * @return microseconds; 0 without events
         */
        public long quantile(double part) {
            long rank = (long) Math.ceil(part * count());
            long seen = 0;
            for (int i = 0; i < counts.size(); i++) {
                seen += counts.get(i);
                if (seen > 0 && seen >= rank) {
                    return bound(i);
                }
            }
            return 0;
        }
    }
}

package io.millrace.systemtests.load;

import io.millrace.testkit.process.MetricsReader;
import io.millrace.testkit.process.MillraceProcess;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** How fast a counter of a node grows, by looking now and then. Not thread-safe. */
public final class SampledRate {
    private static final double SECOND = 1e9;

    private final MillraceProcess node;
    private final MetricsReader metrics;
    private final String counter;
    private final List<Sample> samples = new ArrayList<>();

    private record Sample(long nanos, double count) {}

    /** @param counter how its lines begin in {@code /metrics} */
    public SampledRate(MillraceProcess node, String counter) {
        this.node = node;
        this.metrics = new MetricsReader(node);
        this.counter = counter;
    }

    /** Looks at the counter; of a node that has gone it stays what it was. */
    public void sample() {
        try {
            samples.add(new Sample(System.nanoTime(), metrics.sum(counter)));
        } catch (UncheckedIOException unanswered) {
            if (node.isReady()) {
                throw unanswered;
            }
        }
    }

    /** How much it grew in a second at most; over longer where the node answered later. */
    public int highest() {
        double highest = 0;
        for (int first = 0, last = 0; last < samples.size(); last++) {
            long nanos = samples.get(last).nanos() - samples.get(first).nanos();
            for (;
                    nanos >= SECOND;
                    first++,
                            nanos = samples.get(last).nanos()
                                    - samples.get(first).nanos()) {
                double grown = samples.get(last).count() - samples.get(first).count();
                highest = Math.max(highest, grown * SECOND / nanos);
            }
        }
        return (int) highest;
    }
}

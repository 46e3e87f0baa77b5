package io.millrace.contracts.alert;

import java.util.List;

/**
 * The alerts that a node has found, published every {@link #INTERVAL_MS}. A node that is silent for five times as long is gone.
 *
 * @param node as in its status
 * @param atMicros the node's time when it published this, microseconds since 1970 UTC: others compare it with theirs
 * @param leaving whether this is its last report
 */
public record AlertReport(String node, long atMicros, boolean leaving, List<ActiveAlert> alerts) {
    /** Milliseconds between two reports. */
    public static final int INTERVAL_MS = 2_000;

    public AlertReport {
        alerts = List.copyOf(alerts);
    }
}

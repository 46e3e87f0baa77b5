package io.millrace.platform.node;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** What each node last said of itself. One that is silent for five times its interval is gone. Safe from any thread. */
public final class NodeReports<T> {
    private static final int INTERVALS = 5;

    private final long silentNanos;
    private final LongSupplier nanoTime;
    private final Map<String, Heard<T>> nodes = new ConcurrentSkipListMap<>();

    private record Heard<T>(T report, long atNanos) {}

    /**
     * @param intervalMs between two reports of a node
     * @param nanoTime as {@link System#nanoTime}
     */
    public NodeReports(int intervalMs, LongSupplier nanoTime) {
        this.silentNanos = TimeUnit.MILLISECONDS.toNanos((long) INTERVALS * intervalMs);
        this.nanoTime = nanoTime;
    }

    /** @param leaving whether it is the node's last report */
    public void hear(String node, boolean leaving, T report) {
        if (leaving) {
            nodes.remove(node);
        } else {
            nodes.put(node, new Heard<>(report, nanoTime.getAsLong()));
        }
    }

    /** Of the nodes that are there, by their names. */
    public List<T> all() {
        long now = nanoTime.getAsLong();
        nodes.values().removeIf(heard -> now - heard.atNanos > silentNanos);
        return nodes.values().stream().map(Heard::report).toList();
    }
}

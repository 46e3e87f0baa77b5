package io.millrace.api.cluster;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.cluster.NodeStatus;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** What each node last said about itself. {@link #all} is safe from any thread. */
public final class ClusterNodes extends VerticleBase {
    private static final long SILENT_NANOS = TimeUnit.MILLISECONDS.toNanos(5L * NodeStatus.INTERVAL_MS);

    private final Bus bus;
    private final LongSupplier nanoTime;
    private final Map<String, Heard> nodes = new ConcurrentSkipListMap<>();

    private record Heard(NodeStatus status, long atNanos) {}

    public ClusterNodes(Bus bus, LongSupplier nanoTime) {
        this.bus = bus;
        this.nanoTime = nanoTime;
    }

    @Override
    public Future<?> start() {
        return bus.listen(Addresses.NODES, this::hear);
    }

    private void hear(NodeStatus status) {
        if (status.leaving()) {
            nodes.remove(status.node());
        } else {
            nodes.put(status.node(), new Heard(status, nanoTime.getAsLong()));
        }
    }

    /** The nodes that are there, by their names. */
    public List<NodeStatus> all() {
        long now = nanoTime.getAsLong();
        nodes.values().removeIf(heard -> now - heard.atNanos > SILENT_NANOS);
        return nodes.values().stream().map(Heard::status).toList();
    }
}

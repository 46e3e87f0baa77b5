package io.millrace.api.cluster;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.cluster.NodeStatus;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.node.NodeReports;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.List;
import java.util.function.LongSupplier;

/** What each node last said about itself. {@link #all} is safe from any thread. */
public final class ClusterNodes extends VerticleBase {
    private final Bus bus;
    private final NodeReports<NodeStatus> nodes;

    public ClusterNodes(Bus bus, LongSupplier nanoTime) {
        this.bus = bus;
        this.nodes = new NodeReports<>(NodeStatus.INTERVAL_MS, nanoTime);
    }

    @Override
    public Future<?> start() {
        return bus.listen(Addresses.NODES, status -> nodes.hear(status.node(), status.leaving(), status));
    }

    /** The nodes that are there, by their names. */
    public List<NodeStatus> all() {
        return nodes.all();
    }
}

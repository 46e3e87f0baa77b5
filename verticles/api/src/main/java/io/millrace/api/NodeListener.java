package io.millrace.api;

import io.millrace.api.cluster.ClusterNodes;
import io.millrace.platform.alert.ReportedAlerts;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/** Listens to what the nodes say of themselves: how they are, and what they find wrong. */
final class NodeListener extends VerticleBase {
    private final Bus bus;
    private final ClusterNodes nodes;
    private final ReportedAlerts alerts;

    NodeListener(Bus bus, ClusterNodes nodes, ReportedAlerts alerts) {
        this.bus = bus;
        this.nodes = nodes;
        this.alerts = alerts;
    }

    @Override
    public Future<?> start() {
        return vertx.deployVerticle(nodes).compose(listens -> alerts.listen(bus));
    }
}

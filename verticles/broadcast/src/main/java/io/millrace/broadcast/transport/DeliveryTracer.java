package io.millrace.broadcast.transport;

import io.millrace.broadcast.presence.NodeRegistry;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.connection.NodeInfo;
import io.millrace.contracts.journey.Deliveries;
import io.millrace.contracts.journey.Deliveries.Delivery;
import io.millrace.contracts.journey.Deliveries.DeliveryStatus;
import io.millrace.contracts.journey.DeliveryQuery;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Traces the delivery of an event to a user or a connection: when it was delivered, or why not. Nothing is recorded per
 * event: the answer comes from the state of each subscription. Safe from any thread.
 */
public final class DeliveryTracer {
    private final Bus bus;
    private final NodeRegistry peers;
    private final List<ConnectionRegistry> loops = new CopyOnWriteArrayList<>();

    public DeliveryTracer(Bus bus, NodeRegistry peers) {
        this.bus = bus;
        this.peers = peers;
    }

    public void add(ConnectionRegistry connections) {
        loops.add(connections);
    }

    public Future<Void> serve() {
        return Future.all(
                        bus.serve(Addresses.DELIVERY, this::traceAllNodes),
                        bus.serve(Addresses.delivery(peers.name()), this::here))
                .mapEmpty();
    }

    private Future<Deliveries> traceAllNodes(DeliveryQuery query) {
        List<Future<Deliveries>> asked = new ArrayList<>();
        for (NodeInfo peer : peers.all()) {
            asked.add(
                    peer.node().equals(peers.name())
                            ? here(query)
                            // A node that is gone has no connections.
                            : bus.request(Addresses.delivery(peer.node()), query)
                                    .otherwise(new Deliveries(List.of())));
        }
        return Future.all(asked).map(all -> {
            List<Delivery> found = new ArrayList<>();
            asked.forEach(one -> found.addAll(one.result().deliveries()));
            return new Deliveries(
                    found.isEmpty() ? List.of(new Delivery("", "", DeliveryStatus.NOT_CONNECTED, 0)) : found);
        });
    }

    private Future<Deliveries> here(DeliveryQuery query) {
        List<Future<List<Delivery>>> asked = new ArrayList<>();
        loops.forEach(loop -> asked.add(loop.deliveries(query, peers.name())));
        return Future.all(asked).map(all -> {
            List<Delivery> found = new ArrayList<>();
            asked.forEach(one -> found.addAll(one.result()));
            return new Deliveries(found);
        });
    }
}

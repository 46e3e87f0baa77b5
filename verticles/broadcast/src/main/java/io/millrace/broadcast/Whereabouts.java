package io.millrace.broadcast;

import io.millrace.contracts.Addresses;
import io.millrace.contracts.Deliveries;
import io.millrace.contracts.Deliveries.Delivery;
import io.millrace.contracts.Deliveries.Fate;
import io.millrace.contracts.DeliveryQuery;
import io.millrace.contracts.Peer;
import io.millrace.platform.Bus;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The end of an event's journey: for a user or a connection, delivered when, or why not. Nothing is written down for it on
 * the way: it is told from what each subscription knows of itself. Safe from any thread.
 */
final class Whereabouts {
    private final Bus bus;
    private final Peers peers;
    private final List<Sessions> loops = new CopyOnWriteArrayList<>();

    Whereabouts(Bus bus, Peers peers) {
        this.bus = bus;
        this.peers = peers;
    }

    void add(Sessions sessions) {
        loops.add(sessions);
    }

    Future<Void> serve() {
        return Future.all(
                        bus.serve(Addresses.DELIVERY, this::everywhere),
                        bus.serve(Addresses.delivery(peers.name()), this::here))
                .mapEmpty();
    }

    private Future<Deliveries> everywhere(DeliveryQuery query) {
        List<Future<Deliveries>> asked = new ArrayList<>();
        for (Peer peer : peers.all()) {
            asked.add(
                    peer.node().equals(peers.name())
                            ? here(query)
                            // A node that has gone has nobody connected.
                            : bus.request(Addresses.delivery(peer.node()), query)
                                    .otherwise(new Deliveries(List.of())));
        }
        return Future.all(asked).map(all -> {
            List<Delivery> found = new ArrayList<>();
            asked.forEach(one -> found.addAll(one.result().deliveries()));
            return new Deliveries(found.isEmpty() ? List.of(new Delivery("", "", Fate.NOT_CONNECTED, 0)) : found);
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

package io.millrace.broadcast.transport;

import io.millrace.broadcast.presence.NodeRegistry;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.connection.NodeInfo;
import io.millrace.contracts.journey.Deliveries;
import io.millrace.contracts.journey.Deliveries.Delivery;
import io.millrace.contracts.journey.Deliveries.DeliveryStatus;
import io.millrace.contracts.journey.DeliveryQuery;
import io.millrace.contracts.journey.DeliverySummary;
import io.millrace.contracts.journey.DeliverySummary.Outcome;
import io.millrace.contracts.journey.DeliverySummary.Trace;
import io.millrace.contracts.journey.DeliverySummaryQuery;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Traces the delivery of an event to a user, a connection or all connections: when it was delivered, or why not. Nothing is
 * recorded for an event and a connection: the answer comes from the state of each subscription. Safe from any thread.
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
                        bus.serve(Addresses.delivery(peers.name()), this::here),
                        bus.serve(Addresses.DELIVERY_SUMMARY, this::summaryOfAllNodes),
                        bus.serve(Addresses.deliverySummary(peers.name()), this::summaryHere))
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

    private Future<DeliverySummary> summaryOfAllNodes(DeliverySummaryQuery query) {
        return peers.ask(
                        query,
                        Addresses::deliverySummary,
                        this::summaryHere,
                        silent -> summary(silent, Trace.UNANSWERED, List.of()))
                .map(all -> new DeliverySummary(
                        all.stream().flatMap(one -> one.nodes().stream()).toList()));
    }

    private Future<DeliverySummary> summaryHere(DeliverySummaryQuery query) {
        if (loops.isEmpty()) {
            return Future.succeededFuture(summary(peers.name(), Trace.NOT_FOLLOWED, List.of()));
        }
        List<Future<DeliverySurvey>> asked =
                loops.stream().map(loop -> loop.survey(query)).toList();
        return loops.get(0)
                .hub()
                .trace(query.event().stream(), query.position())
                .compose(trace -> Future.all(asked)
                        .map(all -> summary(
                                peers.name(),
                                trace,
                                DeliverySurvey.outcomes(
                                        asked.stream().map(Future::result).toList(), query.examples()))));
    }

    private static DeliverySummary summary(String node, Trace trace, List<Outcome> outcomes) {
        return new DeliverySummary(List.of(new DeliverySummary.Node(node, trace, outcomes)));
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

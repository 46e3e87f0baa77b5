package io.millrace.broadcast.presence;

import io.millrace.broadcast.limit.ConnectionLimits;
import io.millrace.contracts.bus.Address;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.connection.NodeInfo;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * The nodes that have clients. Each publishes its state every two seconds, and at once when users come or go. A node that
 * published nothing for some seconds is gone. Nothing is stored elsewhere, so no backend is needed and nothing stale
 * remains. State belongs to the broadcast verticle's event loop; {@link #all} is safe from any thread.
 */
public final class NodeRegistry {
    private static final int INTERVAL_MS = 2_000;
    private static final int SILENT_MS = 8_000;
    /** How long a node is asked. */
    private static final int ANSWER_MS = 3_000;
    /** Changes within this time are published together. */
    private static final int DELAY_MS = 50;

    private final Vertx vertx;
    private final Context loop;
    private final Bus bus;
    private final String name;
    private final long sinceMicros = System.currentTimeMillis() * 1_000;
    private final ConnectionLimits stats;
    private final LocalPresence localPresence;
    private final PresenceTracker presence;
    private final Map<String, Received> others = new HashMap<>();
    private volatile List<NodeInfo> known = List.of();
    private volatile boolean scheduled;
    private boolean leaving;

    private record Received(NodeInfo peer, long atMs) {}

    public NodeRegistry(
            Vertx vertx,
            Bus bus,
            String name,
            ConnectionLimits stats,
            LocalPresence localPresence,
            PresenceTracker presence) {
        this.vertx = vertx;
        this.loop = vertx.getOrCreateContext();
        this.bus = bus;
        this.name = name;
        this.stats = stats;
        this.localPresence = localPresence;
        this.presence = presence;
    }

    public Future<Bus.Registration> start() {
        localPresence.onChange(this::publishSoon);
        vertx.setPeriodic(INTERVAL_MS, timer -> {
            removeSilent();
            publish();
        });
        return bus.listen(Addresses.PEERS, this::receive).onSuccess(listening -> publish());
    }

    public String name() {
        return name;
    }

    /** All known nodes with clients, this one first. */
    public List<NodeInfo> all() {
        List<NodeInfo> all = new ArrayList<>();
        all.add(self());
        all.addAll(known);
        return all;
    }

    /**
     * Asks every node with clients, for three seconds at most: the others' answers are not kept back for one that is silent.
     *
     * @param here this node's own answer
     * @param silent what stands for the answer of a node that gave none, by the node's name
     */
    public <Q, R> Future<List<R>> ask(
            Q question,
            Function<String, Address<Q, R>> address,
            Function<Q, Future<R>> here,
            Function<String, R> silent) {
        List<Future<R>> asked = new ArrayList<>();
        for (NodeInfo peer : all()) {
            asked.add(
                    peer.node().equals(name)
                            ? here.apply(question)
                            : bus.request(address.apply(peer.node()), question)
                                    .timeout(ANSWER_MS, TimeUnit.MILLISECONDS)
                                    .otherwise(gone -> silent.apply(peer.node())));
        }
        return Future.all(asked).map(all -> asked.stream().map(Future::result).toList());
    }

    /** Publishes that this node is leaving; its users will reconnect to other nodes. */
    public void leave() {
        loop.runOnContext(last -> {
            leaving = true;
            publish();
        });
    }

    private NodeInfo self() {
        return new NodeInfo(name, sinceMicros, leaving, stats.counts(), leaving ? List.of() : localPresence.users());
    }

    private void publishSoon() {
        if (!scheduled) {
            scheduled = true;
            loop.runOnContext(wait -> vertx.setTimer(DELAY_MS, timer -> {
                scheduled = false;
                publish();
            }));
        }
    }

    private void publish() {
        NodeInfo self = self();
        presence.update(self, known);
        bus.publish(Addresses.PEERS, self);
    }

    private void receive(NodeInfo peer) {
        if (peer.node().equals(name)) {
            return;
        }
        Received before = peer.leaving()
                ? others.remove(peer.node())
                : others.put(peer.node(), new Received(peer, System.nanoTime() / 1_000_000));
        if (before == null && !peer.leaving()) {
            // A new node doesn't know this one yet.
            publishSoon();
        }
        changed();
    }

    private void removeSilent() {
        long now = System.nanoTime() / 1_000_000;
        if (others.values().removeIf(received -> now - received.atMs > SILENT_MS)) {
            changed();
        }
    }

    private void changed() {
        known = others.values().stream().map(Received::peer).toList();
        presence.update(self(), known);
    }
}

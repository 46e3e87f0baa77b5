package io.millrace.broadcast.presence;

import io.millrace.broadcast.limit.ConnectionStats;
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

/**
 * This node among the others that have clients: each tells the others of itself every two seconds, and at once when people
 * come or go. A node that wasn't heard of for some seconds is gone. Nothing is kept anywhere else, so nothing has to be
 * there for it to work, and nothing stale remains. State belongs to the broadcast verticle's event loop; {@link #all} is
 * safe from any thread.
 */
public final class NodeRegistry {
    private static final int EVERY_MS = 2_000;
    private static final int SILENT_MS = 8_000;
    /** What changes together is told together. */
    private static final int SOON_MS = 50;

    private final Vertx vertx;
    private final Context loop;
    private final Bus bus;
    private final String name;
    private final long sinceMicros = System.currentTimeMillis() * 1_000;
    private final ConnectionStats doors;
    private final LocalPresence roster;
    private final PresenceTracker presence;
    private final Map<String, Heard> others = new HashMap<>();
    private volatile List<NodeInfo> known = List.of();
    private volatile boolean soon;
    private boolean leaving;

    private record Heard(NodeInfo peer, long atMs) {}

    public NodeRegistry(
            Vertx vertx, Bus bus, String name, ConnectionStats doors, LocalPresence roster, PresenceTracker presence) {
        this.vertx = vertx;
        this.loop = vertx.getOrCreateContext();
        this.bus = bus;
        this.name = name;
        this.doors = doors;
        this.roster = roster;
        this.presence = presence;
    }

    public Future<Bus.Registration> start() {
        roster.onChange(this::tellSoon);
        vertx.setPeriodic(EVERY_MS, timer -> {
            forgetSilent();
            tell();
        });
        return bus.listen(Addresses.PEERS, this::heard).onSuccess(listening -> tell());
    }

    public String name() {
        return name;
    }

    /** All nodes with clients, this one first, as far as it is known. */
    public List<NodeInfo> all() {
        List<NodeInfo> all = new ArrayList<>();
        all.add(self());
        all.addAll(known);
        return all;
    }

    /** Everybody hears that this node goes; its people are expected elsewhere. */
    public void leave() {
        loop.runOnContext(last -> {
            leaving = true;
            tell();
        });
    }

    private NodeInfo self() {
        return new NodeInfo(name, sinceMicros, leaving, doors.counts(), leaving ? List.of() : roster.people());
    }

    private void tellSoon() {
        if (!soon) {
            soon = true;
            loop.runOnContext(wait -> vertx.setTimer(SOON_MS, timer -> {
                soon = false;
                tell();
            }));
        }
    }

    private void tell() {
        NodeInfo self = self();
        presence.update(self, known);
        bus.publish(Addresses.PEERS, self);
    }

    private void heard(NodeInfo peer) {
        if (peer.node().equals(name)) {
            return;
        }
        Heard before = peer.leaving()
                ? others.remove(peer.node())
                : others.put(peer.node(), new Heard(peer, System.nanoTime() / 1_000_000));
        if (before == null && !peer.leaving()) {
            // It knows nobody yet.
            tellSoon();
        }
        changed();
    }

    private void forgetSilent() {
        long now = System.nanoTime() / 1_000_000;
        if (others.values().removeIf(heard -> now - heard.atMs > SILENT_MS)) {
            changed();
        }
    }

    private void changed() {
        known = others.values().stream().map(Heard::peer).toList();
        presence.update(self(), known);
    }
}

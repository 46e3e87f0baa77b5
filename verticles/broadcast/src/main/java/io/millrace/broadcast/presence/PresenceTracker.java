package io.millrace.broadcast.presence;

import io.millrace.broadcast.presence.LocalPresence.Seat;
import io.millrace.contracts.connection.NodeInfo;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * Who is there over the whole cluster, and when they came and went. Each coming and going is told once: by the node that
 * the person came to, by the node that they left, or, if that died, by the one of the others whose name comes first. Who is
 * back within a while never went. Owned by the broadcast verticle's event loop.
 */
public final class PresenceTracker {
    private final Vertx vertx;
    private final long lingerMs;
    private final BiConsumer<Seat, Boolean> told;
    /** Where they were seen last. */
    private final Map<Seat, String> present = new HashMap<>();

    private final Set<Seat> going = new HashSet<>();
    private String self = "";
    private boolean leaving;
    private Set<String> alive = Set.of();
    private Map<Seat, String> now = Map.of();

    /**
     * @param linger how long somebody may be away without having gone
     * @param told who came (true) or went, in so far as this node is to tell it
     */
    public PresenceTracker(Vertx vertx, Duration linger, BiConsumer<Seat, Boolean> told) {
        this.vertx = vertx;
        this.lingerMs = linger.toMillis();
        this.told = told;
    }

    void update(NodeInfo own, List<NodeInfo> others) {
        self = own.node();
        leaving = own.leaving();
        Map<Seat, String> seen = new HashMap<>();
        Set<String> names = new HashSet<>();
        for (NodeInfo other : others) {
            names.add(other.node());
            other.people().forEach(person -> seen.put(new Seat(person.place(), person.user()), other.node()));
        }
        own.people().forEach(person -> seen.put(new Seat(person.place(), person.user()), self));
        now = seen;
        alive = names;
        seen.forEach((seat, node) -> {
            if (present.put(seat, node) == null && node.equals(self)) {
                told.accept(seat, true);
            }
        });
        for (Seat seat : List.copyOf(present.keySet())) {
            if (!seen.containsKey(seat) && going.add(seat)) {
                vertx.setTimer(lingerMs, timer -> gone(seat));
            }
        }
    }

    private void gone(Seat seat) {
        going.remove(seat);
        if (now.containsKey(seat)) {
            return;
        }
        String last = present.remove(seat);
        if (leaving) {
            // The others tell of those who were here.
            return;
        }
        boolean mine = self.equals(last);
        boolean orphan =
                last != null && !alive.contains(last) && alive.stream().allMatch(name -> self.compareTo(name) < 0);
        if (mine || orphan) {
            told.accept(seat, false);
        }
    }
}

package io.millrace.broadcast.presence;

import io.millrace.broadcast.presence.LocalPresence.PresenceKey;
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
 * Tracks which users are present in the whole cluster. Each join and leave is reported once: a join by the node that the
 * user connected to, a leave by the node that the user left, or, if that node died, by the first of the others by name. A
 * user who is back within the linger time never left. Owned by the broadcast verticle's event loop.
 */
public final class PresenceTracker {
    private final Vertx vertx;
    private final long lingerMs;
    private final BiConsumer<PresenceKey, Boolean> listener;
    /** The present users, with the node where each was seen last. */
    private final Map<PresenceKey, String> present = new HashMap<>();

    private final Set<PresenceKey> lingering = new HashSet<>();
    private String self = "";
    private boolean leaving;
    private Set<String> alive = Set.of();
    private Map<PresenceKey, String> now = Map.of();

    /**
     * Makes a tracker without users.
     *
     * @param linger how long a user may be disconnected before the user is reported as gone
     * @param listener called for each join (true) and leave (false) that this node reports
     */
    public PresenceTracker(Vertx vertx, Duration linger, BiConsumer<PresenceKey, Boolean> listener) {
        this.vertx = vertx;
        this.lingerMs = linger.toMillis();
        this.listener = listener;
    }

    void update(NodeInfo own, List<NodeInfo> others) {
        self = own.node();
        leaving = own.leaving();
        Map<PresenceKey, String> seen = new HashMap<>();
        Set<String> names = new HashSet<>();
        for (NodeInfo other : others) {
            names.add(other.node());
            other.users().forEach(user -> seen.put(new PresenceKey(user.channel(), user.user()), other.node()));
        }
        own.users().forEach(user -> seen.put(new PresenceKey(user.channel(), user.user()), self));
        now = seen;
        alive = names;
        seen.forEach((key, node) -> {
            if (present.put(key, node) == null && node.equals(self)) {
                listener.accept(key, true);
            }
        });
        for (PresenceKey key : List.copyOf(present.keySet())) {
            if (!seen.containsKey(key) && lingering.add(key)) {
                vertx.setTimer(lingerMs, timer -> onLingerEnded(key));
            }
        }
    }

    private void onLingerEnded(PresenceKey key) {
        lingering.remove(key);
        if (now.containsKey(key)) {
            return;
        }
        String last = present.remove(key);
        if (leaving) {
            // The other nodes report the users of this one.
            return;
        }
        boolean mine = self.equals(last);
        boolean orphan =
                last != null && !alive.contains(last) && alive.stream().allMatch(name -> self.compareTo(name) < 0);
        if (mine || orphan) {
            listener.accept(key, false);
        }
    }
}

package io.millrace.broadcast.presence;

import io.millrace.contracts.connection.NodeInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Who is where on this node, by how many connections. Safe from any thread. */
public final class LocalPresence {
    private final Map<Seat, Present> people = new ConcurrentHashMap<>();
    private volatile Runnable changed = () -> {};

    /** Somebody, somewhere. */
    record Seat(String place, String user) {}

    /** The place of those of a role, wherever they are connected. No stream's name begins like it. */
    public static String place(String role) {
        return "@" + role;
    }

    private record Present(int connections, long sinceMicros) {}

    /** Called from any thread, when somebody came or went. */
    void onChange(Runnable action) {
        changed = action;
    }

    public void enter(String place, String user) {
        Present now = people.merge(
                new Seat(place, user),
                new Present(1, System.currentTimeMillis() * 1_000),
                (before, one) -> new Present(before.connections + 1, before.sinceMicros));
        if (now.connections == 1) {
            changed.run();
        }
    }

    public void leave(String place, String user) {
        Present left = people.computeIfPresent(new Seat(place, user), (seat, before) -> less(before));
        if (left == null) {
            changed.run();
        }
    }

    private static @Nullable Present less(Present before) {
        return before.connections == 1 ? null : new Present(before.connections - 1, before.sinceMicros);
    }

    List<NodeInfo.Person> people() {
        List<NodeInfo.Person> all = new ArrayList<>(people.size());
        people.forEach((seat, present) ->
                all.add(new NodeInfo.Person(seat.place, seat.user, present.connections, present.sinceMicros)));
        return all;
    }
}

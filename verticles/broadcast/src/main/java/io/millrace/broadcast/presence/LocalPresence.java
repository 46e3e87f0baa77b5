package io.millrace.broadcast.presence;

import io.millrace.contracts.connection.NodeInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The users present on this node, by channel, with their numbers of connections. Safe from any thread. */
public final class LocalPresence {
    private final Map<PresenceKey, Present> users = new ConcurrentHashMap<>();
    private volatile Runnable onChange = () -> {};

    /** A user in a channel. */
    record PresenceKey(String channel, String user) {}

    /** The channel of the users of a role. No stream's name starts like it. */
    public static String channelOfRole(String role) {
        return "@" + role;
    }

    private record Present(int connections, long sinceMicros) {}

    /** The action is called from any thread, when a user entered or left a channel. */
    void onChange(Runnable action) {
        onChange = action;
    }

    public void enter(String channel, String user) {
        Present now = users.merge(
                new PresenceKey(channel, user),
                new Present(1, System.currentTimeMillis() * 1_000),
                (before, one) -> new Present(before.connections + 1, before.sinceMicros));
        if (now.connections == 1) {
            onChange.run();
        }
    }

    public void leave(String channel, String user) {
        Present left = users.computeIfPresent(new PresenceKey(channel, user), (key, before) -> decrement(before));
        if (left == null) {
            onChange.run();
        }
    }

    private static @Nullable Present decrement(Present before) {
        return before.connections == 1 ? null : new Present(before.connections - 1, before.sinceMicros);
    }

    List<NodeInfo.PresentUser> users() {
        List<NodeInfo.PresentUser> all = new ArrayList<>(users.size());
        users.forEach((key, present) ->
                all.add(new NodeInfo.PresentUser(key.channel, key.user, present.connections, present.sinceMicros)));
        return all;
    }
}

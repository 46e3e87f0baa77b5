package io.millrace.broadcast;

import io.millrace.platform.delivery.Visibility;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The live subscriptions of one stream that see the same. An event is matched once for the group; those who see only
 * their own are found by owner. Owned by its hub's event loop.
 */
final class Group {
    final Visibility visibility;
    final List<Subscription> members = new ArrayList<>();
    private final Map<String, List<Subscription>> byUser = new HashMap<>();

    Group(Visibility visibility) {
        this.visibility = visibility;
    }

    void add(Subscription subscription) {
        members.add(subscription);
        if (!visibility.own().isEmpty()) {
            byUser.computeIfAbsent(subscription.connection.principal().user(), user -> new ArrayList<>(1))
                    .add(subscription);
        }
    }

    void remove(Subscription subscription) {
        members.remove(subscription);
        String user = subscription.connection.principal().user();
        List<Subscription> own = byUser.get(user);
        if (own != null && own.remove(subscription) && own.isEmpty()) {
            byUser.remove(user);
        }
    }

    List<Subscription> ownedBy(String user) {
        return byUser.getOrDefault(user, List.of());
    }
}

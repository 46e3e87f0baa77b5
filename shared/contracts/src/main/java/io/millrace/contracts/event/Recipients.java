package io.millrace.contracts.event;

import java.util.Set;

/**
 * A set of clients, by role, user or connection. As an event's {@code target} only these receive it, as its
 * {@code exclude} these don't; neither widens what a role may see.
 */
public record Recipients(Set<String> roles, Set<String> users, Set<String> connections) {
    /** Whether a connection is in the set. */
    public boolean contains(Set<String> theirRoles, String user, String connection) {
        if (users.contains(user) || connections.contains(connection)) {
            return true;
        }
        for (String role : roles) {
            if (theirRoles.contains(role)) {
                return true;
            }
        }
        return false;
    }
}

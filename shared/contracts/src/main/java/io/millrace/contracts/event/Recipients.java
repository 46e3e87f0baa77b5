package io.millrace.contracts.event;

import java.util.Set;

/**
 * Some people: by role, user or connection. As an event's {@code target} it narrows who receives it, as its {@code
 * exclude} it takes them out; it never widens what a role may see.
 */
public record Recipients(Set<String> roles, Set<String> users, Set<String> connections) {
    /** Whether a connection belongs to these people. */
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

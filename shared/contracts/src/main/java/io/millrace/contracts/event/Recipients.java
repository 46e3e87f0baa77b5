package io.millrace.contracts.event;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
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

    /** As an event's sender writes them. */
    public ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        roles.forEach(json.putArray("roles")::add);
        users.forEach(json.putArray("users")::add);
        connections.forEach(json.putArray("connections")::add);
        return json;
    }
}

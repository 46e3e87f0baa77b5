package io.millrace.domain.access;

import io.millrace.domain.model.PresenceRule;

/**
 * How joins and leaves of a role's connected users are published, whatever they follow.
 *
 * @param events the events, whose streams have no key or the user as their key
 */
public record RolePresence(String role, PresenceRule events) {}

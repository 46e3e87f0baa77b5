package io.millrace.domain.access;

import io.millrace.domain.model.PresenceRule;

/**
 * That it is told who of a role is connected, whatever they follow.
 *
 * @param events their streams have no key, or the user is the key
 */
public record RolePresence(String role, PresenceRule events) {}

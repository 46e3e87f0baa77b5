package io.millrace.contracts.domain;

/**
 * That it is told who of a role is connected, whatever they follow.
 *
 * @param events their streams have no key, or the user is the key
 */
public record RolePresence(String role, Presence events) {}

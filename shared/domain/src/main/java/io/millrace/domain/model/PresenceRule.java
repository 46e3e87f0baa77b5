package io.millrace.domain.model;

/**
 * How presence is published: by two types of transient events that Millrace itself publishes.
 *
 * @param join the type for a user's first connection
 * @param leave the type for the end of a user's last connection
 * @param user the field with the user
 */
public record PresenceRule(String join, String leave, FieldPath user) {}

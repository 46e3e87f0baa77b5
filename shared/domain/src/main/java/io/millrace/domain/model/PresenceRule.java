package io.millrace.domain.model;

/**
 * How it is told who is there: by two types of events that Millrace itself publishes, transient ones.
 *
 * @param join the type for somebody who came, with their first connection
 * @param leave the type for somebody who went, with their last
 * @param user the field that says who
 */
public record PresenceRule(String join, String leave, FieldPath user) {}

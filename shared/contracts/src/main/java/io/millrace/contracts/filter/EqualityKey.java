package io.millrace.contracts.filter;

/**
 * The condition that a field of an event has a value.
 *
 * @param value a {@code String}, {@code Boolean}, number or JSON's null in the normal form of {@link EventPath#values},
 *     to be compared by {@code equals} only
 */
public record EqualityKey(EventPath path, Object value) {}

package io.millrace.contracts.filter;

/**
 * That a field of an event has a value.
 *
 * @param value a {@code String}, {@code Boolean}, number or JSON's null in the one form that {@link EventPath#values}
 *     gives too: to be compared by {@code equals}, nothing else
 */
public record EqualityKey(EventPath path, Object value) {}

package io.millrace.domain.access;

/** Which events of a type a principal may see or publish, least first. */
public enum AccessLevel {
    NONE,
    /** The events whose owner the principal is. */
    OWN,
    ALL
}

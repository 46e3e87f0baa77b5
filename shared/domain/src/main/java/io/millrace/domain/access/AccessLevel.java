package io.millrace.domain.access;

/** Which events of a type somebody sees, or may publish, least first. */
public enum AccessLevel {
    NONE,
    /** Those whose owner they are. */
    OWN,
    ALL
}

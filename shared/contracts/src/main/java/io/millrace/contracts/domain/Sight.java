package io.millrace.contracts.domain;

/** Which events of a type somebody sees, or may publish, least first. */
public enum Sight {
    NONE,
    /** Those whose owner they are. */
    OWN,
    ALL
}

package io.millrace.contracts.domain;

/** Which events of a type somebody sees, least first. */
public enum Sight {
    NONE,
    /** Those whose owner they are. */
    OWN,
    ALL
}

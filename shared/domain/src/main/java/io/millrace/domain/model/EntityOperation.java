package io.millrace.domain.model;

/** How an event's data changes its entity. */
public enum EntityOperation {
    /** The data replaces the state. */
    PUT,
    /** The data is merged into the state as a merge patch (RFC 7396). */
    MERGE,
    /** The entity is deleted. */
    DELETE
}

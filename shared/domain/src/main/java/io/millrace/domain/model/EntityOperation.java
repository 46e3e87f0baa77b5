package io.millrace.domain.model;

/** What an event's data does to its entity. */
public enum EntityOperation {
    /** It is the state from now on. */
    PUT,
    /** It is merged into the state, as RFC 7396 merges a patch. */
    MERGE,
    /** The entity is gone. */
    DELETE
}

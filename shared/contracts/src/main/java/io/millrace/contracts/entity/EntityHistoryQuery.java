package io.millrace.contracts.entity;

import io.millrace.contracts.event.EntityRef;

/**
 * Asks how an entity came to be what it is, newest change first.
 *
 * @param before only versions below this one
 * @param limit the largest number of changes, at least 1
 * @param bytes the largest number of bytes of their patches, and of their events' data, without the last change
 */
public record EntityHistoryQuery(EntityRef entity, long before, int limit, long bytes) {}

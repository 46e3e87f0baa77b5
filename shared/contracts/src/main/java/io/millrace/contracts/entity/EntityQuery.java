package io.millrace.contracts.entity;

import io.millrace.contracts.event.EntityRef;

/**
 * Asks for the present state of an entity.
 *
 * @param fresh whether to read PostgreSQL and no cache
 */
public record EntityQuery(EntityRef entity, boolean fresh) {}

package io.millrace.contracts.entity;

import io.millrace.contracts.event.EntityRef;

/**
 * Asks for an entity as it stands.
 *
 * @param fresh read PostgreSQL, whatever the caches hold
 */
public record EntityQuery(EntityRef entity, boolean fresh) {}

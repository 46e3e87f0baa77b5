package io.millrace.contracts.entity;

import java.util.List;

/**
 * Entities in the order of their ids.
 *
 * @param complete whether there are no further entities
 */
public record EntityPage(List<EntitySnapshot.Entity> entities, boolean complete) {}

package io.millrace.contracts.entity;

import org.jspecify.annotations.Nullable;

/**
 * Asks for the entities of one kind in one stream, in the order of their ids. Without deleted ones.
 *
 * @param owner the owner of the entities; null for all owners
 * @param after the id after which the page starts; empty for the first page
 * @param limit the largest number of entities, at least 1
 * @param bytes the largest number of bytes of all states together, without the last one
 */
public record EntityListQuery(
        String kind, String stream, @Nullable String owner, String after, int limit, long bytes) {}

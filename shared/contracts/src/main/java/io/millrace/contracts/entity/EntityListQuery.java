package io.millrace.contracts.entity;

import org.jspecify.annotations.Nullable;

/**
 * Asks for the entities of one kind in one stream, in the order of their ids. Deleted ones are left out.
 *
 * @param owner whose entities are wanted; null for everybody's
 * @param after only ids behind this one; empty for all
 * @param limit how many at most, from 1
 * @param bytes that their states hold together, but for the last one's
 */
public record EntityListQuery(
        String kind, String stream, @Nullable String owner, String after, int limit, long bytes) {}

package io.millrace.contracts.connection;

import org.jspecify.annotations.Nullable;

/**
 * Asks for connections, the slowest first. What is null is any.
 *
 * @param connection the id of one connection
 * @param role one of the roles of its user
 * @param stream one of the streams that it is subscribed to
 * @param node the name of its node, as {@code GET /api/cluster} has it
 * @param limit how many at most
 */
public record ConnectionQuery(
        @Nullable String connection,
        @Nullable String user,
        @Nullable String role,
        @Nullable String transport,
        @Nullable String stream,
        @Nullable String node,
        int limit) {}

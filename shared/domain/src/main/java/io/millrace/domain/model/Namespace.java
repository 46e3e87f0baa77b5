package io.millrace.domain.model;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Event types that share a stream, or one stream for each key.
 *
 * @param history how long events are kept after their commit, an hour to a hundred years; null if for ever
 * @param accessClaim the token's claim that must list a stream's key; null if none is required
 * @param auto whether connections follow the streams automatically: the single one, or those whose keys the claim lists
 * @param presence how joins and leaves of a stream's subscribers are published; null if they aren't
 */
public record Namespace(
        String name,
        StreamTemplate stream,
        @Nullable Duration history,
        @Nullable String accessClaim,
        boolean auto,
        @Nullable PresenceRule presence) {}

package io.millrace.domain.model;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Event types that share a stream, or one stream for each key.
 *
 * @param history how long events are kept to be read again, at least a second
 * @param accessClaim the token's claim that must list a stream's key; null if none is asked for
 * @param auto whether its streams are followed on connecting: the one, or those whose keys the claim lists
 * @param presence how it is told who follows a stream; null if it isn't
 */
public record Namespace(
        String name,
        StreamTemplate stream,
        Duration history,
        @Nullable String accessClaim,
        boolean auto,
        @Nullable PresenceRule presence) {}

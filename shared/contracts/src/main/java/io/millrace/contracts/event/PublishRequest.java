package io.millrace.contracts.event;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Events that a client publishes over its connection, or a source, handled like those of {@code POST /api/events}. The reply
 * is {@link Outcomes} with one outcome each, in the same order. No event is committed before one that stands before it.
 *
 * @param user the client's user; null without a token, which may not publish
 * @param claims the token's claims, a JSON object as bytes: some streams are accessible only to tokens that list them
 * @param events each in the native form, a JSON object as bytes: at most {@link #MAX_EVENTS}, and as many bytes as a body
 *     over HTTP may have
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record PublishRequest(@Nullable String user, Set<String> roles, byte[] claims, List<byte[]> events) {
    /** The most events of one request. */
    public static final int MAX_EVENTS = 1_000;
}

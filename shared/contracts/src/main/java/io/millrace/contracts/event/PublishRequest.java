package io.millrace.contracts.event;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An event that a client publishes over its connection, handled like one of {@code POST /api/events}.
 *
 * @param user the client's user; null without a token, which may not publish
 * @param claims the token's claims, a JSON object as bytes: some streams are accessible only to tokens that list them
 * @param event one event in the native form, a JSON object as bytes
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record PublishRequest(@Nullable String user, Set<String> roles, byte[] claims, byte[] event) {}

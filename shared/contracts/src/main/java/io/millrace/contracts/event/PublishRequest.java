package io.millrace.contracts.event;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An event that somebody publishes over their connection, as they wrote it: to be checked, limited and carried as if they
 * had sent it by {@code POST /api/events}.
 *
 * @param user null for somebody without a token, who may not publish
 * @param claims their token's, a JSON object as its bytes: some streams are open only to those whose token lists them
 * @param event one event in our own form, a JSON object as its bytes
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares publications
public record PublishRequest(@Nullable String user, Set<String> roles, byte[] claims, byte[] event) {}

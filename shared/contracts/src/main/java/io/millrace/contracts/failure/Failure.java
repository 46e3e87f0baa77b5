package io.millrace.contracts.failure;

import org.jspecify.annotations.Nullable;

/**
 * All failures, as a closed set: a code that never changes its meaning, the HTTP status, and whether the same request
 * may succeed later. An unavailable backend and a bad event are never the same failure.
 */
public enum Failure {
    BAD_MESSAGE("bad_message", 400, false),
    UNAUTHENTICATED("unauthenticated", 401, false),
    PERMISSION_DENIED("permission_denied", 403, false),
    NOT_FOUND("not_found", 404, false),
    METHOD_NOT_ALLOWED("method_not_allowed", 405, false),
    /** The same (source, id) was used for another event, which is unchanged. */
    ID_CONFLICT("id_conflict", 409, false),
    /** {@code expectedVersion} no longer holds. */
    VERSION_CONFLICT("version_conflict", 409, false),
    TOO_LARGE("too_large", 413, false),
    UNSUPPORTED_MEDIA_TYPE("unsupported_media_type", 415, false),
    UNKNOWN_TYPE("unknown_type", 422, false),
    INVALID_EVENT("invalid_event", 422, false),
    /** The handler of the event's type refused it. */
    REJECTED("rejected", 422, false),
    RATE_LIMITED("rate_limited", 429, true),
    /** A limit of this node is reached. */
    OVERLOADED("overloaded", 503, true),
    /** A stage or a backing service doesn't answer. */
    UNAVAILABLE("unavailable", 503, true),
    INTERNAL("internal", 500, false),
    /** A header or a body came too slowly. */
    REQUEST_TIMEOUT("request_timeout", 408, true),
    URI_TOO_LONG("uri_too_long", 414, false),
    EXPECTATION_FAILED("expectation_failed", 417, false),
    HEADERS_TOO_LARGE("headers_too_large", 431, false),
    /** The token was revoked; another one may be accepted. */
    TOKEN_REVOKED("token_revoked", 401, false);

    private final String code;
    private final int status;
    private final boolean retryable;

    Failure(String code, int status, boolean retryable) {
        this.code = code;
        this.status = status;
        this.retryable = retryable;
    }

    /** Stable, for programs. */
    public String code() {
        return code;
    }

    /** The HTTP status, and the failure code of a reply on the event bus. */
    public int status() {
        return status;
    }

    /** Whether the same request may succeed later. */
    public boolean retryable() {
        return retryable;
    }

    /** The failure of a stable code; null if there is none. */
    public static @Nullable Failure ofCode(@Nullable String code) {
        for (Failure failure : values()) {
            if (failure.code.equals(code)) {
                return failure;
            }
        }
        return null;
    }
}

package io.millrace.platform.auth;

/** Why a token is refused; its message is for the client. */
final class InvalidTokenException extends RuntimeException {
    private final Reason reason;

    enum Reason {
        /** It is no token: too long, not three parts, not base64, not JSON, its header asks for something else. */
        UNREADABLE,
        /** A claim that decides something isn't there or isn't of its type. */
        CLAIMS,
        /** Its issuer isn't known here, or it is for somebody else. */
        ISSUER,
        /** Its issuer has no such key, or the key is for another algorithm. */
        KEY,
        /** It isn't signed with its issuer's key. */
        SIGNATURE,
        EXPIRED,
        NOT_YET_VALID
    }

    InvalidTokenException(Reason reason, String message) {
        super(message, null, false, false);
        this.reason = reason;
    }

    Reason reason() {
        return reason;
    }
}

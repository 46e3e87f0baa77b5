package io.millrace.broadcast.outbound;

/**
 * Why a connection ends. Whether a client should reconnect: yes for {@link #DRAINING}, {@link #HEARTBEAT_LOST}, {@link
 * #DISCONNECTED}, {@link #RATE_LIMITED} and {@link #OVERLOADED}; with a new token for {@link #UNAUTHENTICATED}; no for the others.
 */
public enum CloseCode {
    DRAINING(1001),
    PROTOCOL_ERROR(1002),
    NOT_UTF8(1007),
    POLICY(1008),
    TOO_BIG(1009),
    BAD_MESSAGE(4400),
    UNAUTHENTICATED(4401),
    HEARTBEAT_LOST(4408),
    /** By an operator. */
    DISCONNECTED(4410),
    RATE_LIMITED(4429),
    OVERLOADED(4503);

    private final short code;

    CloseCode(int code) {
        this.code = (short) code;
    }

    public short code() {
        return code;
    }
}

package io.millrace.broadcast.limit;

import io.millrace.broadcast.hub.Connection;
import io.millrace.broadcast.outbound.CloseCode;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import org.jspecify.annotations.Nullable;

/** Limits the messages of one connection in a minute, and how many of them may be unreadable or refused. Owned by its event loop. */
public final class MessageRateLimiter {
    private static final int MINUTE_MS = 60_000;
    /** The third unreadable message within a minute ends the connection. */
    private static final int BAD_MESSAGES = 3;
    /** More refused requests within a minute are no mistake, and end the connection. */
    private static final int REFUSALS = 50;
    /** So many messages beyond the limit are answered; the next one ends the connection. */
    private static final int TOLERATED = 10;

    /** Clients send one a second at most. */
    private static final int ACKNOWLEDGEMENTS = 70;

    private final Connection connection;
    private final int max;
    private long windowStartMs = Connection.now();
    private int messages;
    private int acknowledgements;
    private int badMessages;
    private int refusals;

    public MessageRateLimiter(Connection connection, int max) {
        this.connection = connection;
        this.max = max;
    }

    /** Counts a message. */
    public void count() {
        startWindowIfOver();
        messages++;
    }

    /** The message that was counted last is an acknowledgement: so many a minute are none of the client's messages. */
    public void exemptAcknowledgement() {
        messages -= ++acknowledgements <= ACKNOWLEDGEMENTS ? 1 : 0;
    }

    /** Fails as {@link Failure#RATE_LIMITED} if the message that was counted last is beyond the limit. */
    public void check() {
        if (messages > max) {
            long restMs = Math.max(1, MINUTE_MS - (Connection.now() - windowStartMs));
            throw new MillraceException(Failure.RATE_LIMITED, "more than " + max + " messages a minute", restMs);
        }
    }

    private void startWindowIfOver() {
        long now = Connection.now();
        if (now - windowStartMs > MINUTE_MS) {
            windowStartMs = now;
            messages = 0;
            acknowledgements = 0;
            badMessages = 0;
            refusals = 0;
        }
    }

    /**
     * Counts a refusal, and closes the connection if there were too many.
     *
     * @param requestId the id of the refused message, as {@link Connection#close} takes it
     * @return whether the connection was closed
     */
    public boolean endedBy(MillraceException refused, @Nullable Object requestId) {
        startWindowIfOver();
        badMessages += refused.failure() == Failure.BAD_MESSAGE ? 1 : 0;
        refusals += refused.failure() == Failure.PERMISSION_DENIED ? 1 : 0;
        if (badMessages >= BAD_MESSAGES) {
            connection.close(CloseCode.BAD_MESSAGE, refused, requestId);
        } else if (refusals > REFUSALS) {
            connection.close(
                    CloseCode.POLICY,
                    new MillraceException(refused.failure(), "more than " + REFUSALS + " refusals a minute"),
                    requestId);
        } else if (messages > max + TOLERATED) {
            connection.close(CloseCode.RATE_LIMITED, refused, requestId);
        } else {
            return false;
        }
        return true;
    }
}

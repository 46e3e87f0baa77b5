package io.millrace.broadcast.limit;

import io.millrace.broadcast.hub.Connection;
import io.millrace.broadcast.outbound.CloseCode;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import org.jspecify.annotations.Nullable;

/** How much one connection may say in a minute, and how much of it may be nonsense or beyond what it may. Owned by its event loop. */
public final class MessageRateLimiter {
    private static final int MINUTE_MS = 60_000;
    /** The third message that can't be read, within a minute, ends the connection. */
    private static final int BAD_MESSAGES = 3;
    /** More within a minute of what it may not, and it isn't a mistake any more. */
    private static final int REFUSALS = 50;
    /** So many more than the limit are answered; then it ends. */
    private static final int TOLERATED = 10;

    private final Connection connection;
    private final int most;
    private long windowBeganMs = Connection.now();
    private int messages;
    private int badMessages;
    private int refusals;

    public MessageRateLimiter(Connection connection, int most) {
        this.connection = connection;
        this.most = most;
    }

    /** Counts a message. */
    public void count() {
        beginAnewEachMinute();
        messages++;
    }

    /** Fails as {@link Failure#RATE_LIMITED} if what was counted last was one too many. */
    public void check() {
        if (messages > most) {
            long restMs = Math.max(1, MINUTE_MS - (Connection.now() - windowBeganMs));
            throw new MillraceException(Failure.RATE_LIMITED, "more than " + most + " messages a minute", restMs);
        }
    }

    private void beginAnewEachMinute() {
        long now = Connection.now();
        if (now - windowBeganMs > MINUTE_MS) {
            windowBeganMs = now;
            messages = 0;
            badMessages = 0;
            refusals = 0;
        }
    }

    /**
     * Counts what was refused; whether it was one too many, so that the connection was closed.
     *
     * @param requestId of the message that was refused, as {@link Connection#close} takes it
     */
    public boolean endedBy(MillraceException refused, @Nullable Object requestId) {
        beginAnewEachMinute();
        badMessages += refused.failure() == Failure.BAD_MESSAGE ? 1 : 0;
        refusals += refused.failure() == Failure.PERMISSION_DENIED ? 1 : 0;
        if (badMessages >= BAD_MESSAGES) {
            connection.close(CloseCode.BAD_MESSAGE, refused, requestId);
        } else if (refusals > REFUSALS) {
            connection.close(
                    CloseCode.POLICY,
                    new MillraceException(refused.failure(), "more than " + REFUSALS + " refusals a minute"),
                    requestId);
        } else if (messages > most + TOLERATED) {
            connection.close(CloseCode.RATE_LIMITED, refused, requestId);
        } else {
            return false;
        }
        return true;
    }
}

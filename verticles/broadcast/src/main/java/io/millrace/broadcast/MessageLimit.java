package io.millrace.broadcast;

import io.millrace.broadcast.hub.CloseCode;
import io.millrace.broadcast.hub.Connection;
import io.millrace.contracts.Failure;
import io.millrace.contracts.MillraceException;

/** How much one connection may say in a minute, and how much of it may be nonsense or beyond what it may. Owned by its event loop. */
final class MessageLimit {
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

    MessageLimit(Connection connection, int most) {
        this.connection = connection;
        this.most = most;
    }

    /** Counts a message; whether it is to be read. */
    boolean allows() {
        beginAnewEachMinute();
        messages++;
        if (messages <= most) {
            return true;
        }
        String why = "more than " + most + " messages a minute";
        if (messages > most + TOLERATED) {
            connection.close(CloseCode.RATE_LIMITED, Failure.RATE_LIMITED, why);
        } else {
            connection.error(null, null, new MillraceException(Failure.RATE_LIMITED, why));
        }
        return false;
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

    /** Counts what was refused; whether it was one too many, so that the connection was closed. */
    boolean endedBy(MillraceException refused) {
        beginAnewEachMinute();
        switch (refused.failure()) {
            case BAD_MESSAGE -> badMessages++;
            case PERMISSION_DENIED -> refusals++;
            default -> {
                return false;
            }
        }
        if (badMessages >= BAD_MESSAGES) {
            connection.close(CloseCode.BAD_MESSAGE, Failure.BAD_MESSAGE, String.valueOf(refused.getMessage()));
            return true;
        }
        if (refusals > REFUSALS) {
            connection.close(CloseCode.POLICY, refused.failure(), "more than " + REFUSALS + " refusals a minute");
            return true;
        }
        return false;
    }
}

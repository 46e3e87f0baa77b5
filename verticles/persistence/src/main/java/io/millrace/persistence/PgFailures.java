package io.millrace.persistence;

import io.millrace.contracts.MillraceException;
import io.vertx.pgclient.PgException;
import java.util.Objects;

/**
 * Tells apart what PostgreSQL says: the world is down, another transaction was in the way, or the event is bad. By
 * SQLSTATE (PostgreSQL manual, appendix A).
 */
final class PgFailures {
    private PgFailures() {}

    /** 40001 serialization failure, 40P01 deadlock, 23505 the same event by two ways at once: the next attempt sees it. */
    static boolean serialization(Throwable error) {
        return error instanceof PgException pg
                && ("40001".equals(pg.getSqlState())
                        || "40P01".equals(pg.getSqlState())
                        || "23505".equals(pg.getSqlState()));
    }

    /** No connection, no room, shutting down, cancelled: nothing that the event could help. */
    static boolean worldIsDown(Throwable error) {
        if (error instanceof MillraceException known) {
            return known.failure().retryable();
        }
        if (!(error instanceof PgException pg)) {
            // A fault of our own code is about the events that met it; all else is about the connection.
            return !(error instanceof NullPointerException
                    || error instanceof ClassCastException
                    || error instanceof IndexOutOfBoundsException
                    || error instanceof ArithmeticException
                    || error instanceof NumberFormatException);
        }
        String state = Objects.requireNonNullElse(pg.getSqlState(), "");
        // 22 data exception, 23 constraint, 54 program limit exceeded: about the event. All else is about the server.
        return !state.startsWith("22") && !state.startsWith("23") && !state.startsWith("54");
    }

    static String reason(Throwable error) {
        return error instanceof PgException pg ? pg.getErrorMessage() : String.valueOf(error.getMessage());
    }
}

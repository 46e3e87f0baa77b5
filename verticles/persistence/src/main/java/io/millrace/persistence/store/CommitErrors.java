package io.millrace.persistence.store;

import io.millrace.contracts.failure.MillraceException;
import io.millrace.postgres.PgErrors;
import io.vertx.pgclient.PgException;

/**
 * Tells apart what PostgreSQL says: the world is down, another transaction was in the way, or the event is bad. By
 * SQLSTATE (PostgreSQL manual, appendix A).
 */
public final class CommitErrors {
    private CommitErrors() {}

    /** 40001 serialization failure, 40P01 deadlock: the transaction is over, the next attempt may do. */
    public static boolean serialization(Throwable error) {
        return state(error).equals("40001") || state(error).equals("40P01") || lostRace(error);
    }

    /** Another commit was first: with an entity or a position ({@link CommitSql#WRITE}), or with the same event. */
    public static boolean lostRace(Throwable error) {
        return unforeseen(error) || repeat(error);
    }

    /** What the commit was decided on is not so. */
    public static boolean unforeseen(Throwable error) {
        return state(error).equals("22012");
    }

    /** 23505: the same event, or a position that another event has. */
    public static boolean repeat(Throwable error) {
        return state(error).equals("23505");
    }

    /** No connection, no room, shutting down, cancelled: nothing that the event could help. */
    public static boolean worldIsDown(Throwable error) {
        if (error instanceof MillraceException known) {
            return known.failure().retryable();
        }
        if (!(error instanceof PgException)) {
            // A fault of our own code is about the events that met it; all else is about the connection.
            return !(error instanceof NullPointerException
                    || error instanceof ClassCastException
                    || error instanceof IndexOutOfBoundsException
                    || error instanceof ArithmeticException
                    || error instanceof NumberFormatException);
        }
        return !PgErrors.aboutInput(error);
    }

    private static String state(Throwable error) {
        return PgErrors.sqlState(error);
    }

    public static String reason(Throwable error) {
        return error instanceof PgException pg ? pg.getErrorMessage() : String.valueOf(error.getMessage());
    }
}

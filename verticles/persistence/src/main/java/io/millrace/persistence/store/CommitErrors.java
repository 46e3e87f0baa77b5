package io.millrace.persistence.store;

import io.millrace.contracts.failure.MillraceException;
import io.millrace.postgres.PgErrors;
import io.vertx.pgclient.PgException;

/**
 * Classifies the errors of a commit: PostgreSQL is unavailable, another transaction was first, or the event is bad. By
 * SQLSTATE (PostgreSQL manual, appendix A).
 */
public final class CommitErrors {
    private CommitErrors() {}

    /** 40001 serialization failure, 40P01 deadlock, or a lost race: another attempt may succeed. */
    public static boolean isConflict(Throwable error) {
        return state(error).equals("40001") || state(error).equals("40P01") || isOvertaken(error);
    }

    /** Another commit was first: with an entity or a position ({@link CommitSql#WRITE}), or with the same event. */
    public static boolean isOvertaken(Throwable error) {
        return isCacheMiss(error) || isDuplicate(error);
    }

    /** 22012: the cached heads or entities that the commit was decided on are outdated. */
    public static boolean isCacheMiss(Throwable error) {
        return state(error).equals("22012");
    }

    /** 23505: the event exists, or another event has its position. */
    public static boolean isDuplicate(Throwable error) {
        return state(error).equals("23505");
    }

    /** No connection, no room, shutting down, cancelled, or a broken installation: nothing that is about the event. */
    public static boolean isUnavailable(Throwable error) {
        if (error instanceof MillraceException known) {
            return known.failure().retryable();
        }
        if (!(error instanceof PgException)) {
            // An exception of Millrace's own code is about the events of this commit, a LinkageError about the node.
            return error instanceof Error || !PgErrors.isInternal(error);
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

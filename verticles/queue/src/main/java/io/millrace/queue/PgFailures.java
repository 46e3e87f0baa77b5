package io.millrace.queue;

import io.millrace.contracts.Failure;
import io.millrace.contracts.MillraceException;
import io.vertx.core.Future;
import io.vertx.pgclient.PgException;

/** Tells apart whether PostgreSQL may answer later, or never. By SQLSTATE (PostgreSQL manual, appendix A). */
final class PgFailures {
    private PgFailures() {}

    /**
     * For {@code recover}. What is known already stays as it is. 42P01, no such table: persistence, which makes them, hasn't started yet. 08, 53, 55, 57: no
     * connection, no room, not now, shutting down. What comes from no server is about the way to it.
     */
    static <T> Future<T> told(Throwable error) {
        if (error instanceof MillraceException) {
            return Future.failedFuture(error);
        }
        if (!(error instanceof PgException pg)) {
            return unavailable(error);
        }
        String state = String.valueOf(pg.getSqlState());
        boolean later = state.equals("42P01") || state.matches("(08|40|53|55|57|58).*");
        return later ? unavailable(error) : Future.failedFuture(error);
    }

    private static <T> Future<T> unavailable(Throwable error) {
        return Future.failedFuture(
                new MillraceException(Failure.UNAVAILABLE, "PostgreSQL doesn't answer: " + error.getMessage()));
    }
}

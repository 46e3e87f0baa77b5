package io.millrace.postgres;

import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What an error of PostgreSQL's means, by SQLSTATE (PostgreSQL manual, appendix A). */
public final class PgErrors {
    private static final Logger LOG = LoggerFactory.getLogger(PgErrors.class);

    private PgErrors() {}

    /** The SQLSTATE; empty for an error that no server sent. */
    public static String sqlState(Throwable error) {
        return error instanceof PgException pg ? Objects.requireNonNullElse(pg.getSqlState(), "") : "";
    }

    /**
     * Whether what was sent is at fault, so that sending it again is of no use: 22 data exception, 23 constraint, 54
     * program limit exceeded. Everything else is about the server, its tables or the way to it.
     */
    public static boolean aboutInput(Throwable error) {
        String state = sqlState(error);
        return state.startsWith("22") || state.startsWith("23") || state.startsWith("54");
    }

    /**
     * For {@code recover} of a read or an act. Errors that are classified already, and those about the input, stay as they
     * are; all others fail as {@link Failure#UNAVAILABLE}.
     */
    public static <T> Future<T> toFailure(Throwable error) {
        return error instanceof MillraceException || aboutInput(error)
                ? Future.failedFuture(error)
                : unavailable(error);
    }

    /** Logs the cause; fails as {@link Failure#UNAVAILABLE}, saying what is wrong with PostgreSQL. */
    public static <T> Future<T> unavailable(Throwable error) {
        String why = reason(error);
        if (needsOperator(error)) {
            LOG.error("{}: {}", why, error.getMessage());
        } else {
            LOG.warn("{}: {}", why, error.getMessage());
        }
        return Future.failedFuture(new MillraceException(Failure.UNAVAILABLE, why));
    }

    /** 28 refused login, 3D no such database, 42 tables that don't fit: no waiting mends it. Not before the migrations. */
    private static boolean needsOperator(Throwable error) {
        return sqlState(error).matches("(28|3D|42).*") && !sqlState(error).equals("42P01");
    }

    private static String reason(Throwable error) {
        String state = sqlState(error);
        if (state.isEmpty()) {
            return "PostgreSQL doesn't answer";
        }
        if (state.equals("25006")) {
            return "PostgreSQL is read-only";
        }
        if (state.equals("42P01")) {
            return "PostgreSQL has no tables of Millrace's yet";
        }
        return needsOperator(error)
                ? "PostgreSQL refuses a statement of Millrace's (SQLSTATE " + state + "); an operator must look"
                : "PostgreSQL can't do it now (SQLSTATE " + state + ")";
    }
}

package io.millrace.postgres;

import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Classifies errors of PostgreSQL by SQLSTATE (PostgreSQL manual, appendix A). */
public final class PgErrors {
    private static final Logger LOG = LoggerFactory.getLogger(PgErrors.class);

    private PgErrors() {}

    /** The SQLSTATE; empty for an error that no server sent. */
    public static String sqlState(Throwable error) {
        return error instanceof PgException pg ? Objects.requireNonNullElse(pg.getSqlState(), "") : "";
    }

    /**
     * Whether the input is at fault, so that a retry is of no use: 22 data exception, 23 constraint, 54 program limit
     * exceeded. Every other error is about the server, its tables or the connection to it.
     */
    public static boolean aboutInput(Throwable error) {
        String state = sqlState(error);
        return state.startsWith("22") || state.startsWith("23") || state.startsWith("54");
    }

    /**
     * For {@code recover} of a read or a command. Errors that are classified already, and those about the input, stay as
     * they are; all others fail as {@link Failure#UNAVAILABLE}.
     */
    public static <T> Future<T> toFailure(Throwable error) {
        return error instanceof MillraceException || aboutInput(error)
                ? Future.failedFuture(error)
                : unavailable(error);
    }

    /**
     * Whether the error is a fault of Millrace or of its installation, and not of PostgreSQL or of the connection: a missing
     * class, say.
     */
    public static boolean isInternal(Throwable error) {
        return error instanceof Error
                || error instanceof NullPointerException
                || error instanceof ClassCastException
                || error instanceof IndexOutOfBoundsException
                || error instanceof ArithmeticException
                || error instanceof NumberFormatException;
    }

    /** Logs the cause and fails as {@link Failure#UNAVAILABLE}, with a message that says what is wrong. */
    public static <T> Future<T> unavailable(Throwable error) {
        String why = reason(error);
        if (isInternal(error)) {
            LOG.error(why, error);
        } else if (needsOperator(error)) {
            LOG.error("{}: {}", why, error.getMessage());
        } else {
            LOG.warn("{}: {}", why, error.getMessage());
        }
        return Future.failedFuture(new MillraceException(Failure.UNAVAILABLE, why));
    }

    /** 28 refused login, 3D no such database, 42 wrong tables: a retry doesn't help, unless the migrations are yet to run. */
    private static boolean needsOperator(Throwable error) {
        return sqlState(error).matches("(28|3D|42).*") && !sqlState(error).equals("42P01");
    }

    /** What is wrong, for an operator; without the server's own words, which may hold what was sent. */
    public static String reason(Throwable error) {
        if (isInternal(error)) {
            return "an internal error, whose cause is in the log";
        }
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

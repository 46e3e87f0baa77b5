package io.millrace.sources.postgres;

import io.millrace.platform.tls.TlsErrors;
import io.millrace.postgres.lease.LeaseLostException;
import java.net.ConnectException;
import java.util.Locale;
import java.util.concurrent.TimeoutException;

/** What a source's database, or the way to it, refuses: in words that tell an operator what to do. */
public final class DatabaseErrors {
    private DatabaseErrors() {}

    /** A failure whose message is said as it is. */
    public static final class Told extends IllegalStateException {
        private static final long serialVersionUID = 1;

        public Told(String message) {
            super(message);
        }
    }

    /** A failure with words of its own. */
    public static Throwable told(PostgresServer server, Throwable error) {
        for (Throwable at = error; at != null; at = at.getCause()) {
            if (at instanceof Told || at instanceof LeaseLostException) {
                return at;
            }
        }
        return new IllegalStateException("PostgreSQL at " + server.address() + " " + words(error), error);
    }

    private static String words(Throwable error) {
        Throwable cause = root(error);
        String message = String.valueOf(cause.getMessage());
        String lower = message.toLowerCase(Locale.ROOT);
        if (cause instanceof ConnectException || lower.contains("connection refused")) {
            return "doesn't answer: look at uri, and whether it runs";
        }
        if (cause instanceof TimeoutException || lower.contains("timeout") || lower.contains("timed out")) {
            return "doesn't answer in time";
        }
        if (lower.contains("no encryption")) {
            return "wants TLS, or another user: write ?sslmode=verify-full into uri (" + message + ")";
        }
        if (lower.contains("password authentication failed") || lower.contains("no pg_hba.conf entry")) {
            return "refuses the user: look at the user in uri, at password, and at pg_hba.conf (" + message + ")";
        }
        String certificate = TlsErrors.words(error);
        if (certificate != null) {
            return certificate;
        }
        if (lower.contains("ssl handshake failed")) {
            // Vert.x 5.0.12 doesn't tell why.
            return "has a certificate that isn't trusted: name the file of its authority's certificate in ca; or one of"
                    + " another host than the one in uri (" + message + ")";
        }
        if (lower.contains("server does not support ssl") || lower.contains("not handle ssl")) {
            return "speaks no TLS: set ssl = on there, or take sslmode out of uri";
        }
        if (lower.contains("permission denied")) {
            return "doesn't permit it: grant select on the tables, and usage on their schemas (" + message + ")";
        }
        if (lower.contains("differ only by case")) {
            return "can't be read: " + message;
        }
        return "has failed: " + message;
    }

    private static Throwable root(Throwable error) {
        Throwable cause = error;
        for (Throwable next = error.getCause(); next != null; next = next.getCause()) {
            cause = next;
        }
        return cause;
    }
}

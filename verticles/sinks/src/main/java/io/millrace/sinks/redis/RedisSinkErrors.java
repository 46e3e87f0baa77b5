package io.millrace.sinks.redis;

import io.millrace.platform.tls.TlsErrors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What one connection of a sink fails by, in words that tell an operator what to do. Belongs to one event loop. */
final class RedisSinkErrors {
    private static final Logger LOG = LoggerFactory.getLogger(RedisSinkErrors.class);

    private final String place;
    private boolean logged;

    /** @param place where the sink publishes, for the messages; it has no password */
    RedisSinkErrors(String place) {
        this.place = place;
    }

    /** Logs the first that is a fault of Millrace's own, with its stack. */
    IllegalStateException told(Throwable error) {
        return new IllegalStateException(place + " " + words(error), error);
    }

    private String words(Throwable error) {
        if (isInternal(error)) {
            if (!logged) {
                logged = true;
                LOG.error("{}: an internal error", place, error);
            }
            return "isn't written to because of an internal error, whose cause is in the log";
        }
        String certificate = TlsErrors.words(error);
        if (certificate != null) {
            return certificate;
        }
        String message = String.valueOf(error.getMessage());
        String words =
                switch (message.split(" ", 2)[0]) {
                    case "NOAUTH" -> "wants a password: name its environment variable in password";
                    case "WRONGPASS" -> "refuses the user or the password: look at uri and password";
                    case "NOPERM" -> "doesn't permit it: ACL SETUSER gives the user PUBLISH and the channels";
                    case "LOADING", "MASTERDOWN" -> "is not ready yet";
                    default -> "doesn't answer";
                };
        return words + " (" + message + ")";
    }

    /** The client and the network fail by exceptions of theirs, or of java.io and java.nio. */
    private static boolean isInternal(Throwable error) {
        return error instanceof Error
                || (error instanceof RuntimeException
                        && error.getClass().getName().matches("java\\.(lang|util)\\..*"));
    }
}

package io.millrace.platform.http;

import io.vertx.core.Future;
import java.io.IOException;
import java.util.function.Function;

/** Turns an error of {@code listen} into one that names the setting to change. */
public final class BindErrors {
    private BindErrors() {}

    /** For {@code recover} after {@code listen}. */
    public static <T> Function<Throwable, Future<T>> named(String setting, String host, int port) {
        return error -> {
            if (!(error instanceof IOException) && !(error.getCause() instanceof IOException)) {
                return Future.failedFuture(error);
            }
            // Netty's native transport throws an IOException of its own, the JDK a BindException.
            return Future.failedFuture(new IOException(
                    "port " + port + " on " + host + " can't be had (" + error.getMessage()
                            + "); choose another with --set " + setting + ".port=…",
                    error));
        };
    }
}

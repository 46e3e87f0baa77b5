package io.millrace.platform;

import io.vertx.core.Future;
import java.io.IOException;
import java.net.BindException;
import java.util.function.Function;

/** Says which setting to change when a port can't be had. */
final class PortInUse {
    private PortInUse() {}

    /** For {@code recover} after {@code listen}. */
    static <T> Function<Throwable, Future<T>> told(String setting, String host, int port) {
        return error -> Future.failedFuture(
                error instanceof BindException || error.getCause() instanceof BindException
                        ? new IOException("port " + port + " on " + host + " can't be had (" + error.getMessage()
                                + "); choose another with --set " + setting + ".port=…")
                        : error);
    }
}

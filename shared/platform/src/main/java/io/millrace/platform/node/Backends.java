package io.millrace.platform.node;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * Embedded servers: the real PostgreSQL, Redis and Kafka. Found by {@link java.util.ServiceLoader}, and only with
 * {@code --backends embedded}: the implementation is never on the production class path.
 */
public interface Backends {
    /**
     * Starts all three and returns when each answers. Blocks: call it before the event loops exist. Servers that a
     * killed run left running in {@code directory} are stopped first.
     *
     * @param directory the directory of the data; kept between runs, created if it doesn't exist
     * @param progress gets one short line for each step, for a terminal
     * @throws IOException with one line that says what to change: directory not writable, no space, a port in use
     */
    Running start(Path directory, Consumer<String> progress) throws IOException;

    /** The running servers. {@link #close} stops them in the reverse order and keeps the data. */
    interface Running extends AutoCloseable {
        /** {@code postgresql://user@127.0.0.1:port/database}. */
        String postgresUri();

        /** {@code redis://127.0.0.1:port}. */
        String redisUri();

        /** {@code 127.0.0.1:port}. */
        String kafkaBootstrap();

        @Override
        void close();
    }
}

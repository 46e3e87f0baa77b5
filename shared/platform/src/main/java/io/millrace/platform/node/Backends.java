package io.millrace.platform.node;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * The real PostgreSQL, Redis and Kafka, started in place. Found by {@link java.util.ServiceLoader}, and only when the
 * launcher is told {@code --backends embedded}: the implementation is never on the production class path.
 */
public interface Backends {
    /**
     * Starts all three and returns when each answers. Blocks: call it before the event loops exist. What an earlier run
     * that was killed left running in {@code directory} is stopped first, never attached to.
     *
     * @param directory where the data lie; kept between runs, created if need be
     * @param progress one short line for each step, for a person
     * @throws IOException with one line that a person can act on: directory not writable, no space, a port in use
     */
    Running start(Path directory, Consumer<String> progress) throws IOException;

    /** The servers as they run. {@link #close} stops them in the reverse order and keeps the data. */
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

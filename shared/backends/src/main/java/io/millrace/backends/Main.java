package io.millrace.backends;

import java.io.IOException;
import java.nio.file.Path;

/**
 * {@code java -jar millrace-backends-all.jar DIR}: starts all three, prints their addresses on standard output, one a
 * line (PostgreSQL, Redis, Kafka), and stops them at the end of standard input or on SIGTERM.
 */
public final class Main {
    private Main() {}

    public static void main(String[] args) throws IOException {
        if (args.length != 1) {
            System.err.println("usage: java -jar millrace-backends-all.jar DIR");
            System.exit(2);
        }
        RunningBackends running = start(Path.of(args[0]));
        Runtime.getRuntime().addShutdownHook(new Thread(running::close, "stop-backends"));
        System.out.println(running.postgresUri());
        System.out.println(running.redisUri());
        System.out.println(running.kafkaBootstrap());
        while (System.in.read() >= 0) {
            // Whatever is typed; only the end counts.
        }
        System.exit(0);
    }

    private static RunningBackends start(Path directory) {
        try {
            return new EmbeddedBackends().start(directory, System.err::println);
        } catch (IOException e) {
            System.err.println(e.getMessage());
            System.exit(1);
            throw new IllegalStateException("unreachable", e);
        }
    }
}

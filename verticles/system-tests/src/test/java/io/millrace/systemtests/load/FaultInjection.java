package io.millrace.systemtests.load;

import io.millrace.backends.server.EmbeddedServer;
import io.millrace.systemtests.environment.PostgresAccess;
import io.millrace.systemtests.environment.RedisAccess;
import io.millrace.testkit.process.MillraceProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/** Something that breaks, and is mended again after a while. */
public enum FaultInjection {
    /** kill -9 of a process with some stages. */
    DEATH {
        @Override
        public String strike(ConsistencyScenario ordeal, RandomGenerator random) {
            MillraceProcess process = oneOf(ordeal.processes(), random);
            process.kill();
            pause(random, 3_000);
            process.launch();
            return process.name();
        }
    },
    /** SIGTERM, as a rolling release sends it. */
    RELEASE {
        @Override
        public String strike(ConsistencyScenario ordeal, RandomGenerator random) {
            MillraceProcess process = oneOf(ordeal.processes(), random);
            process.stop();
            process.launch();
            return process.name();
        }
    },
    /** A process that hangs: its sockets are open, and nobody answers. */
    FREEZE {
        @Override
        public String strike(ConsistencyScenario ordeal, RandomGenerator random) {
            MillraceProcess process = oneOf(ordeal.processes(), random);
            freeze(process.pid(), random);
            return process.name();
        }
    },
    /** kill -9 of PostgreSQL, Redis or Kafka. */
    SERVER_DEATH {
        @Override
        public String strike(ConsistencyScenario ordeal, RandomGenerator random) {
            EmbeddedServer server = oneOf(servers(ordeal), random);
            server.kill();
            pause(random, 5_000);
            try {
                server.restart();
            } catch (IOException problem) {
                throw new UncheckedIOException(problem);
            }
            return server.getClass().getSimpleName();
        }
    },
    /** PostgreSQL, Redis or Kafka hangs. */
    SERVER_FREEZE {
        @Override
        public String strike(ConsistencyScenario ordeal, RandomGenerator random) {
            EmbeddedServer server =
                    oneOf(List.of(ordeal.servers().redis(), ordeal.servers().kafka()), random);
            freeze(server.pid(), random);
            return server.getClass().getSimpleName();
        }
    },
    /** All connections to PostgreSQL, those for replication too, or to Redis are cut at once; both live on. */
    CONNECTION_CUT {
        @Override
        public String strike(ConsistencyScenario ordeal, RandomGenerator random) {
            if (random.nextBoolean()) {
                new PostgresAccess(ordeal.servers().postgresUri())
                        .ask("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
                                + " and backend_type in ('client backend', 'walsender')");
                return "EmbeddedPostgres";
            }
            for (String type : List.of("normal", "pubsub")) {
                new RedisAccess(ordeal.servers().redisUri()).ask("CLIENT", "KILL", "TYPE", type);
            }
            return "EmbeddedRedis";
        }
    };

    /** Breaks it, mends it, says what it was. */
    public abstract String strike(ConsistencyScenario ordeal, RandomGenerator random);

    private static List<EmbeddedServer> servers(ConsistencyScenario ordeal) {
        return List.of(
                ordeal.servers().postgres(),
                ordeal.servers().redis(),
                ordeal.servers().kafka());
    }

    private static <T> T oneOf(List<T> things, RandomGenerator random) {
        return things.get(random.nextInt(things.size()));
    }

    private static void freeze(long pid, RandomGenerator random) {
        signal("-STOP", pid);
        pause(random, 8_000);
        signal("-CONT", pid);
    }

    private static void signal(String signal, long pid) {
        try {
            int code = new ProcessBuilder("kill", signal, Long.toString(pid))
                    .start()
                    .waitFor();
            if (code != 0) {
                throw new IllegalStateException("kill " + signal + " " + pid + ": " + code);
            }
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    /** How long a fault lasts is part of the fault: there is no fact to wait for. */
    private static void pause(RandomGenerator random, int mostMs) {
        try {
            TimeUnit.MILLISECONDS.sleep(random.nextInt(mostMs));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }
}

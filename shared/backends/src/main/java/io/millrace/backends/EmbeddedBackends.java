package io.millrace.backends;

import io.millrace.backends.server.DirectoryLock;
import io.millrace.backends.server.EmbeddedKafka;
import io.millrace.backends.server.EmbeddedPostgres;
import io.millrace.backends.server.EmbeddedRedis;
import io.millrace.backends.server.EmbeddedServer;
import io.millrace.platform.node.Backends;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;

/**
 * Starts PostgreSQL, Redis and Kafka in one directory: {@code DIR/postgres}, {@code DIR/redis}, {@code DIR/kafka}. Two
 * to three seconds when the directory has been used before; a few more the first time, for unpacking.
 */
public final class EmbeddedBackends implements Backends {
    private final int postgresPort;
    private final int redisPort;
    private final int kafkaPort;

    /** On free ports, chosen at each start. */
    public EmbeddedBackends() {
        this(0, 0, 0);
    }

    /** On given ports: 1 to 65535, or 0 for any free one. */
    public EmbeddedBackends(int postgresPort, int redisPort, int kafkaPort) {
        this.postgresPort = postgresPort;
        this.redisPort = redisPort;
        this.kafkaPort = kafkaPort;
    }

    /** {@inheritDoc} Progress is told on the calling thread. */
    @Override
    public RunningBackends start(Path directory, Consumer<String> progress) throws IOException {
        DirectoryLock lock = DirectoryLock.acquire(directory);
        List<EmbeddedServer> started = new ArrayList<>();
        boolean complete = false;
        try {
            progress.accept("starting PostgreSQL, Redis and Kafka in " + directory);
            var running = startAll(directory, progress, started, lock);
            complete = true;
            return running;
        } finally {
            if (!complete) {
                Collections.reverse(started);
                started.forEach(EmbeddedServer::stop);
                lock.release();
            }
        }
    }

    private RunningBackends startAll(
            Path directory, Consumer<String> progress, List<EmbeddedServer> started, DirectoryLock lock)
            throws IOException {
        // Kafka's JVM needs the longest, so the other two start in its shadow.
        long begin = System.nanoTime();
        var kafkaTask = new FutureTask<>(() -> EmbeddedKafka.start(directory.resolve("kafka"), kafkaPort));
        var kafkaThread = new Thread(kafkaTask, "start-kafka");
        kafkaThread.start();
        boolean othersStarted = false;
        EmbeddedPostgres postgres;
        EmbeddedRedis redis;
        try {
            postgres = EmbeddedPostgres.start(directory.resolve("postgres"), postgresPort);
            started.add(postgres);
            tell(progress, "PostgreSQL", postgres, begin);
            redis = EmbeddedRedis.start(directory.resolve("redis"), redisPort);
            started.add(redis);
            tell(progress, "Redis", redis, begin);
            othersStarted = true;
        } finally {
            if (!othersStarted) {
                abandon(kafkaTask, kafkaThread);
            }
        }
        EmbeddedKafka kafka = await(kafkaTask, kafkaThread);
        started.add(kafka);
        tell(progress, "Kafka", kafka, begin);
        return new RunningBackends(postgres, redis, kafka, lock);
    }

    private static void tell(Consumer<String> progress, String name, EmbeddedServer server, long begin) {
        double seconds = Duration.ofNanos(System.nanoTime() - begin).toMillis() / 1000.0;
        progress.accept(
                String.format(Locale.ROOT, "%s answers on 127.0.0.1:%d after %.1f s", name, server.port(), seconds));
    }

    private static EmbeddedKafka await(FutureTask<EmbeddedKafka> task, Thread thread) throws IOException {
        try {
            return task.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io
                    ? io
                    : new IOException("Kafka didn't start: " + e.getCause(), e);
        } catch (InterruptedException e) {
            abandon(task, thread);
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while Kafka was starting");
        }
    }

    /** Gives up Kafka's start, whichever way it has gone by now; an interrupted start kills its child. */
    private static void abandon(FutureTask<EmbeddedKafka> task, Thread thread) {
        thread.interrupt();
        try {
            task.get().stop();
        } catch (ExecutionException | InterruptedException e) {
            // It didn't start, or we are told to hurry: then the end of this process ends it.
        }
    }
}

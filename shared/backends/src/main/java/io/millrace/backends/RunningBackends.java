package io.millrace.backends;

import io.millrace.backends.server.DirectoryLock;
import io.millrace.backends.server.EmbeddedKafka;
import io.millrace.backends.server.EmbeddedPostgres;
import io.millrace.backends.server.EmbeddedRedis;
import io.millrace.platform.node.Backends;

/** The three as they run. The single servers are there for whoever wants to break one. */
public final class RunningBackends implements Backends.Running {
    private final EmbeddedPostgres postgres;
    private final EmbeddedRedis redis;
    private final EmbeddedKafka kafka;
    private final DirectoryLock lock;

    RunningBackends(EmbeddedPostgres postgres, EmbeddedRedis redis, EmbeddedKafka kafka, DirectoryLock lock) {
        this.postgres = postgres;
        this.redis = redis;
        this.kafka = kafka;
        this.lock = lock;
    }

    /** Stopped with the others by {@link #close}. */
    public EmbeddedPostgres postgres() {
        return postgres;
    }

    /** Stopped with the others by {@link #close}. */
    public EmbeddedRedis redis() {
        return redis;
    }

    /** Stopped with the others by {@link #close}. */
    public EmbeddedKafka kafka() {
        return kafka;
    }

    @Override
    public String postgresUri() {
        return postgres.uri();
    }

    @Override
    public String redisUri() {
        return redis.uri();
    }

    @Override
    public String kafkaBootstrap() {
        return kafka.uri();
    }

    /** Blocks until all three have ended, about a second; closing twice does no harm. */
    @Override
    public void close() {
        kafka.stop();
        redis.stop();
        postgres.stop();
        lock.release();
    }
}

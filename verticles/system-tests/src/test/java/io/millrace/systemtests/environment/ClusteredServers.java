package io.millrace.systemtests.environment;

import static org.awaitility.Awaitility.await;

import io.millrace.backends.server.EmbeddedKafka;
import io.millrace.backends.server.EmbeddedPostgres;
import io.millrace.backends.server.EmbeddedServer;
import io.millrace.platform.node.Backends;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The real servers for one class of tests, of which one kind are several that take over from one another. Their data nobody
 * else sees and nobody keeps.
 */
public final class ClusteredServers implements Backends.Running {
    private static final String STANDBY = "standby";

    private final Path data;
    private final RedisGroup redis;
    private final List<EmbeddedKafka> brokers;
    private final EmbeddedPostgres primary;
    /** Null if there is none. */
    private final EmbeddedPostgres standby;

    private ClusteredServers(String name, int brokers, boolean standby, RedisGroup.Kind kind) {
        data = Repository.OUTPUTS.resolve(name + "-data");
        Repository.delete(data);
        try {
            primary = EmbeddedPostgres.start(data.resolve("primary"), 0);
            this.standby = standby ? EmbeddedPostgres.startStandby(primary, data.resolve(STANDBY), STANDBY) : null;
            redis = RedisGroup.start(data.resolve("redis"), kind);
            this.brokers = EmbeddedKafka.startCluster(data.resolve("kafka"), brokers);
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    /** Several brokers, and one PostgreSQL. */
    public static ClusteredServers withBrokers(String name, int brokers) {
        return new ClusteredServers(name, brokers, false, RedisGroup.Kind.SINGLE);
    }

    /** A PostgreSQL with a standby that every commit waits for, and one broker. */
    public static ClusteredServers withSynchronousStandby(String name) {
        ClusteredServers servers = new ClusteredServers(name, 1, true, RedisGroup.Kind.SINGLE);
        PostgresAccess primary = new PostgresAccess(servers.primary.uri());
        await().until(() -> primary.number("select count(*) from pg_stat_replication where state = 'streaming'") == 1);
        primary.tell("alter system set synchronous_standby_names = '" + STANDBY + "'");
        primary.tell("select pg_reload_conf()");
        await().until(() -> primary.number("select count(*) from pg_stat_replication where sync_state = 'sync'") == 1);
        return servers;
    }

    /** A PostgreSQL with a standby that no commit waits for, and one broker. */
    public static ClusteredServers withAsynchronousStandby(String name) {
        return new ClusteredServers(name, 1, true, RedisGroup.Kind.SINGLE);
    }

    /** Several Redis, and one of everything else. */
    public static ClusteredServers withRedis(String name, RedisGroup.Kind kind) {
        return new ClusteredServers(name, 1, false, kind);
    }

    public RedisGroup redis() {
        return redis;
    }

    public List<EmbeddedKafka> brokers() {
        return brokers;
    }

    public EmbeddedPostgres primary() {
        return primary;
    }

    public EmbeddedPostgres standby() {
        return standby;
    }

    /** From now on the primary's commits don't reach it. */
    public void cutStandby() {
        PostgresAccess access = new PostgresAccess(standby.uri());
        access.tell("alter system set primary_conninfo = ''");
        access.tell("select pg_reload_conf()");
        PostgresAccess source = new PostgresAccess(primary.uri());
        await().until(() -> source.number("select count(*) from pg_stat_replication") == 0);
    }

    /** Returns when the standby has all that the primary has. */
    public void awaitReplicated() {
        PostgresAccess access = new PostgresAccess(primary.uri());
        await().until(() ->
                access.number("select count(*) from pg_stat_replication where replay_lsn >= pg_current_wal_lsn()")
                        == 1);
    }

    /** From now on it takes writes. */
    public void promoteStandby() {
        new PostgresAccess(standby.uri()).tell("select pg_promote()");
    }

    @Override
    public String postgresUri() {
        return standby == null
                ? primary.uri()
                : "postgresql://millrace@127.0.0.1:" + primary.port() + ",127.0.0.1:" + standby.port() + "/millrace";
    }

    @Override
    public String redisUri() {
        return redis.uri();
    }

    @Override
    public String kafkaBootstrap() {
        return brokers.stream().map(EmbeddedKafka::uri).collect(Collectors.joining(","));
    }

    @Override
    public void close() {
        Stream.concat(brokers.stream(), Stream.of(primary)).forEach(EmbeddedServer::close);
        redis.close();
        if (standby != null) {
            standby.close();
        }
        Repository.delete(data);
    }
}

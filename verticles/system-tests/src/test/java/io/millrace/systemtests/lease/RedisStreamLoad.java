package io.millrace.systemtests.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.backends.RunningBackends;
import io.millrace.systemtests.environment.PostgresAccess;
import io.millrace.systemtests.environment.RedisAccess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A stream of Redis, by the example redis.yaml. */
final class RedisStreamLoad implements LeasedLoad {
    private final PostgresAccess stored;
    private final RedisAccess redis;
    private final List<String> added = new CopyOnWriteArrayList<>();

    RedisStreamLoad(RunningBackends servers) {
        stored = new PostgresAccess(servers.postgresUri());
        redis = new RedisAccess(servers.redisUri());
    }

    @Override
    public String stage() {
        return "sources";
    }

    @Override
    public String name() {
        return "game-server";
    }

    @Override
    public void configure(Path conf, String node) throws IOException {
        Files.copy(conf.resolve("sources/redis.yaml.example"), conf.resolve("sources/redis.yaml"));
    }

    @Override
    public void send(int number) {
        added.add("game-results/"
                + redis.ask("XADD", "game-results", "*", "game", "g-1", "winner", "p-" + number)
                        .get(0));
    }

    @Override
    public int arrived() {
        return (int) stored.number("select count(*) from events where source = ?", name());
    }

    @Override
    public void check(int sent) {
        assertEquals(added, stored.ask("select id from events where source = ? order by stream, pos", name()));
    }

    @Override
    public void close() {}
}

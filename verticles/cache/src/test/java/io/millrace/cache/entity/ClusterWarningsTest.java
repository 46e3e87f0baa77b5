package io.millrace.cache.entity;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.backends.server.EmbeddedRedis;
import io.millrace.cache.CacheSettings;
import io.millrace.cache.RealRedis;
import io.millrace.platform.resilience.Breaker;
import io.millrace.redis.RedisSettings;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two masters, each of which is set by itself. */
@Timeout(30)
@SuppressWarnings("NullAway.Init")
class ClusterWarningsTest {
    private static final List<String> CLUSTER =
            List.of("--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf");

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void end() throws Exception {
        RealRedis.done(vertx.close());
    }

    @Test
    void aMasterThatIsSetBadlyIsWarnedOfEachTimeThatTheClusterIsAsked() throws Exception {
        try (EmbeddedRedis first = EmbeddedRedis.start(folder.resolve("first"), 0, CLUSTER);
                EmbeddedRedis second = EmbeddedRedis.start(folder.resolve("second"), 0, CLUSTER)) {
            ask(first, Command.CLUSTER, "ADDSLOTSRANGE", "0", "8191");
            ask(second, Command.CLUSTER, "ADDSLOTSRANGE", "8192", "16383");
            ask(second, Command.CLUSTER, "MEET", "127.0.0.1", "" + first.port());
            for (EmbeddedRedis each : List.of(first, second)) {
                await().until(() -> ask(each, Command.CLUSTER, "INFO").contains("cluster_state:ok"));
            }
            RedisCache cache = cache(first.uri());
            assertEquals(List.of(), RealRedis.done(cache.settingWarnings()));
            ask(second, Command.CONFIG, "SET", "maxmemory-policy", "noeviction");
            for (int i = 0; i < 10; i++) {
                List<String> warnings = RealRedis.done(cache.settingWarnings());
                assertEquals(1, warnings.size(), warnings::toString);
                assertTrue(warnings.get(0).contains("noeviction"), warnings::toString);
            }
            RealRedis.done(cache.close());
        }
    }

    private String ask(EmbeddedRedis server, Command command, String... arguments) throws Exception {
        Request request = Request.cmd(command);
        for (String argument : arguments) {
            request.arg(argument);
        }
        Redis client = Redis.createClient(vertx, server.uri());
        try {
            return String.valueOf(RealRedis.done(client.send(request)));
        } finally {
            RealRedis.done(client.close());
        }
    }

    private RedisCache cache(String uri) {
        return new RedisCache(
                vertx,
                new CacheSettings(
                        new RedisSettings(List.of(uri), RedisSettings.Mode.CLUSTER, "", null, null, null),
                        Duration.ofMinutes(1),
                        0,
                        1 << 20,
                        Duration.ofMinutes(1),
                        1_000,
                        Duration.ofSeconds(2),
                        new Breaker.Limits(3, Duration.ofSeconds(1))),
                new SimpleMeterRegistry());
    }
}

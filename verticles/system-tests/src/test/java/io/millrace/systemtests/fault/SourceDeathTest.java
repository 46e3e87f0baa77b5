package io.millrace.systemtests.fault;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.OwnServers;
import io.millrace.systemtests.environment.RedisAccess;
import io.millrace.systemtests.environment.Repository;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.process.MetricsReader;
import io.millrace.testkit.process.MillraceProcess;
import io.millrace.testkit.process.Pipeline;
import io.millrace.testkit.process.Ports;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two nodes that can read a Redis stream: the one that does dies, then the other hangs and wakes. */
@Tag("long")
@Order(44)
final class SourceDeathTest {
    /** The promise. */
    private static final Duration WITHIN = Duration.ofSeconds(15);

    private static final int EVERY_MS = 50;

    private final String game = Shop.unique("g");
    private final List<String> added = new CopyOnWriteArrayList<>();

    @Test
    void aSourceMovesWithin15SecondsAndEachEntryIsStoredOnce() throws Exception {
        Path conf = Repository.OUTPUTS.resolve("conf-of-sources");
        Repository.copy(Repository.CONF, conf);
        Files.move(
                conf.resolve("sources/redis.yaml.example"),
                conf.resolve("sources/redis.yaml"),
                StandardCopyOption.REPLACE_EXISTING);
        Ports ports = new Ports();
        ScheduledExecutorService sender = Executors.newSingleThreadScheduledExecutor();
        try (OwnServers servers = new OwnServers("source-death");
                Pipeline pipeline = new Pipeline(
                        Pipeline.Layout.ONE_PROCESS, Repository.CONF, Repository.OUTPUTS, servers.running(), ports);
                MillraceProcess one = node("source-node-1", conf, pipeline, ports);
                MillraceProcess two = node("source-node-2", conf, pipeline, ports)) {
            one.launch();
            two.launch();
            await().until(() -> runs(one) || runs(two));
            MillraceProcess first = runs(one) ? one : two;
            MillraceProcess second = first == one ? two : one;
            second.awaitReady();
            RedisAccess redis = new RedisAccess(servers.running().redisUri());
            ScheduledFuture<?> sending =
                    sender.scheduleAtFixedRate(() -> add(redis), 0, EVERY_MS, TimeUnit.MILLISECONDS);
            await().ignoreExceptions().until(() -> stored(pipeline).size() > 20);

            first.kill();
            awaitMoved("after kill -9", second);
            first.launch();
            first.awaitReady();
            second.signal("STOP");
            try {
                awaitMoved("from a node that hangs", first);
            } finally {
                second.signal("CONT");
            }
            await().until(() ->
                    new MetricsReader(second).sum("millrace_source_lease_losses_total{source=\"game-server\"") == 1);
            assertTrue(!runs(second), "it knows that it isn't its any more");

            assertTrue(!sending.isDone(), "the sender goes on");
            sender.shutdown();
            assertTrue(sender.awaitTermination(10, TimeUnit.SECONDS));
            await().until(() -> new HashSet<>(stored(pipeline)).containsAll(added));
            assertEquals(added.size(), stored(pipeline).size(), "each once");
            System.out.printf("sources: %d entries, each stored once%n", added.size());
        } finally {
            sender.shutdownNow();
        }
    }

    private static MillraceProcess node(String name, Path conf, Pipeline pipeline, Ports ports) {
        return new MillraceProcess.Builder(name, conf, Repository.OUTPUTS, Pipeline.SECRET, ports)
                .stages("sources")
                .backends(pipeline.backends())
                .cluster(pipeline.clusterName(), pipeline.members())
                .build();
    }

    private void add(RedisAccess redis) {
        String id = redis.ask("XADD", "game-results", "*", "game", game, "winner", "ann")
                .get(0);
        added.add("game-results/" + id);
    }

    private static boolean runs(MillraceProcess process) {
        return process.isReady() && new MetricsReader(process).sum("millrace_source_state{source=\"game-server\"") == 2;
    }

    private static void awaitMoved(String how, MillraceProcess to) {
        long began = System.nanoTime();
        await().atMost(WITHIN).pollInterval(Duration.ofMillis(100)).until(() -> runs(to));
        System.out.printf(Locale.ROOT, "sources: moved %s in %.1f s%n", how, (System.nanoTime() - began) / 1e9);
    }

    private List<String> stored(Pipeline pipeline) {
        String token = pipeline.signer()
                .token("reader", new JsonObject().put("games", new JsonArray().add(game)), "spectator");
        ApiClient api = new ApiClient(pipeline.front().uri("/"), token);
        return Shop.eventIds(api.historyAfter("game:" + game, "beginning"));
    }
}

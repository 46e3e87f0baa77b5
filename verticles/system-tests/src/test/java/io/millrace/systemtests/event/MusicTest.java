package io.millrace.systemtests.event;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.services.bus.ClusterMember;
import io.millrace.services.music.MusicBot;
import io.millrace.services.music.demo.DiscordStandIn;
import io.millrace.services.music.demo.LavalinkStandIn;
import io.millrace.services.music.settings.MusicSettings;
import io.millrace.systemtests.environment.OwnServers;
import io.millrace.systemtests.environment.Repository;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.process.Pipeline;
import io.millrace.testkit.process.Ports;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * The music bot of {@code verticles/services} on the whole pipeline: by its pack, its sinks, and the event bus alone. Long:
 * it asks for 100 ms, which other tests beside it don't leave; what the bot does is tested in its module in every run.
 */
@Tag("long")
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("MusicTest")
@Order(60)
final class MusicTest {
    private static final String BOT = "900000000000000018";

    @Test
    void aCommandBecomesMusicAndWhatHappensWhileTheBotIsAwayIsDoneAfterwards() throws Exception {
        Path conf = conf();
        try (OwnServers servers = new OwnServers("music");
                DiscordStandIn discord = new DiscordStandIn();
                LavalinkStandIn lavalink = new LavalinkStandIn();
                Pipeline pipeline = new Pipeline(
                        Pipeline.Layout.ONE_PROCESS, conf, Repository.OUTPUTS, servers.running(), new Ports())) {
            lavalink.catalogue.finds(
                    "ytsearch:never gonna", lavalink.catalogue.track("dQw4w9WgXcQ", "Never Gonna Give You Up", "Rick"));
            lavalink.catalogue.finds(
                    "ytsearch:lofi", lavalink.catalogue.track("jfKfPfyJRdk", "lofi hip hop radio", "Lofi Girl"));
            ApiClient source = pipeline.api("discord", "bot");
            String api = pipeline.signer().token("music", "music-service");
            MusicSettings settings = new MusicSettings(
                    discord.uri(),
                    DiscordStandIn.TOKEN,
                    BOT,
                    lavalink.uri(),
                    LavalinkStandIn.PASSWORD,
                    Duration.ofSeconds(5),
                    Duration.ofMillis(100));
            Vertx program = joined(ClusterMember.join(pipeline.clusterName(), pipeline.members(), "127.0.0.1"));
            try {
                String bot = joined(program.deployVerticle(new MusicBot(
                        servers.running().postgresUri(), servers.running().redisUri(), () -> api, settings)));
                assertEquals(201, source.post(command("1", "never gonna")).status());
                await().until(() -> !events(pipeline, "voice:join_requested").isEmpty());
                // In the order that some clients can't bear.
                assertEquals(201, source.post(voice("server_updated", server())).status());
                assertEquals(201, source.post(voice("state_updated", state())).status());
                await().until(() -> shown(discord).contains("Now playing"));
                assertEquals(List.of("42 dQw4w9WgXcQ"), lavalink.played);
                assertFalse(discord.originals.containsKey("token1"), "\"Processing…\" is gone");

                List<Long> waits = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    long asked = System.currentTimeMillis();
                    String id = "10" + i;
                    assertEquals(201, source.post(command(id, " ")).status());
                    await().pollInterval(Duration.ofMillis(5))
                            .until(() -> discord.acknowledgedAt.containsKey("token" + id));
                    waits.add(discord.acknowledgedAt.get("token" + id) - asked);
                }
                waits.sort(null);
                assertTrue(waits.get(10) < 100, "acknowledged within 100 ms: " + waits);

                joined(program.undeploy(bot));
                assertEquals(201, source.post(command("2", "lofi")).status());
                joined(program.deployVerticle(new MusicBot(
                        servers.running().postgresUri(), servers.running().redisUri(), () -> api, settings)));
                await().until(() -> shown(discord).contains("Added to the queue: lofi hip hop radio"));
                lavalink.finish("42");
                await().until(() -> lavalink.played.equals(List.of("42 dQw4w9WgXcQ", "42 jfKfPfyJRdk")));
                await().until(() -> events(pipeline, "track:started").size() == 2);
                assertEquals(1, discord.messages.size());
            } finally {
                joined(program.close());
            }
        }
    }

    private static Path conf() throws Exception {
        Path conf = Repository.OUTPUTS.resolve("music-conf");
        Repository.delete(conf);
        Files.createDirectories(conf.resolve("domains"));
        Files.createDirectories(conf.resolve("sinks"));
        for (String file : List.of("cluster.xml", "domains/music.yaml")) {
            Files.copy(Repository.CONF.resolve(file), conf.resolve(file));
        }
        for (String sink : List.of("sinks/gateway.yaml", "sinks/audio.yaml")) {
            Files.copy(Repository.CONF.resolve("demo/music").resolve(sink), conf.resolve(sink));
        }
        return conf;
    }

    private static JsonObject command(String id, String query) {
        return ApiClient.event(
                "interaction-" + id,
                "music-command:received",
                new JsonObject()
                        .put("guildId", "42")
                        .put("channelId", "77")
                        .put("userId", "u" + id)
                        .put("voiceChannelId", "88")
                        .put("interactionId", id)
                        .put("interactionToken", "token" + id)
                        .put("applicationId", BOT)
                        .put("command", "play")
                        .put("query", query));
    }

    private static JsonObject voice(String what, JsonObject data) {
        return ApiClient.event("voice-" + what, "voice:" + what, data.put("guildId", "42"));
    }

    private static JsonObject server() {
        return new JsonObject().put("token", "voice-token").put("endpoint", "voice.example:443");
    }

    private static JsonObject state() {
        return new JsonObject().put("userId", BOT).put("channelId", "88").put("sessionId", "s1");
    }

    /** The events of a type in the guild's streams, as those see them who may. */
    private static List<JsonObject> events(Pipeline pipeline, String type) {
        String token = pipeline.signer()
                .token("music", new JsonObject().put("guilds", new JsonArray().add("42")), "music-service");
        ApiClient reader = new ApiClient(pipeline.front().uri("/"), token);
        return Stream.of("bot:42", "music:42")
                .flatMap(stream -> reader.history(stream, null, 500).json().getJsonArray("events").stream()
                        .map(JsonObject.class::cast))
                .map(message -> message.getJsonObject("data"))
                .filter(event -> event.getString("type").equals(type))
                .toList();
    }

    private static <T> T joined(Future<T> future) {
        return future.toCompletionStage().toCompletableFuture().join();
    }

    private static String shown(DiscordStandIn discord) {
        return discord.messages.values().toString();
    }
}

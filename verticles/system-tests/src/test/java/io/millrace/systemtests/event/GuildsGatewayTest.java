package io.millrace.systemtests.event;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.services.bus.ClusterMember;
import io.millrace.services.guilds.ContextService;
import io.millrace.systemtests.environment.OwnServers;
import io.millrace.systemtests.environment.Repository;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.millrace.testkit.gateway.DiscordFrames;
import io.millrace.testkit.gateway.GatewayStandIn;
import io.millrace.testkit.process.Pipeline;
import io.millrace.testkit.process.Ports;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * The document of guilds from its beginning: what Discord's gateway tells, as Discord sent it once, with {@code conf/demo/guilds}
 * as {@code scripts/demo} runs it. {@code GuildsTest} has what begins behind the bot. Long, since it needs servers of its own; the
 * source and the service are tested in their modules in every run.
 */
@Tag("long")
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("GuildsGatewayTest")
@Order(60)
final class GuildsGatewayTest {
    private static final JsonObject FRAME =
            DiscordFrames.of("message_create").get(0).getJsonObject("d");
    private static final String GUILD = FRAME.getString("guild_id");
    private static final String CHANNEL = FRAME.getString("channel_id");
    private static final JsonObject AUTHOR = FRAME.getJsonObject("author");
    private static final String STREAM = "guild:" + GUILD;

    @Test
    void whatTheGatewayTellsComesWithContextToThePeopleWhoMaySeeIt() throws Exception {
        try (OwnServers servers = new OwnServers("guilds");
                GatewayStandIn gateway = gateway();
                Pipeline pipeline = new Pipeline(
                        Pipeline.Layout.ONE_PROCESS,
                        conf(gateway),
                        Repository.OUTPUTS,
                        servers.running(),
                        new Ports());
                SocketClient member = open(pipeline, "member");
                SocketClient moderator = open(pipeline, "moderator")) {
            StreamLog seen = member.subscribe(STREAM);
            StreamLog alerts = moderator.subscribe("system");
            await().until(() -> !gateway.identifies.isEmpty());
            gateway.dispatch("GUILD_CREATE", guild("The Mill"));
            gateway.dispatch(
                    "CHANNEL_CREATE",
                    inGuild(new JsonObject().put("id", CHANNEL).put("name", "general")));
            gateway.dispatch("GUILD_MEMBER_ADD", inGuild(new JsonObject().put("user", AUTHOR)));
            await().until(() -> types(seen).containsAll(List.of("guild:updated", "channel:created", "member:joined")));

            Vertx program = done(ClusterMember.join(pipeline.clusterName(), pipeline.members(), "127.0.0.1"));
            try {
                ContextService first = context(pipeline);
                String deployed = done(program.deployVerticle(first));
                // The sink tells of what has happened since it is there: the names have changed since they were read.
                await().until(() -> done(first.figures()).names() == 0);
                done(program.undeploy(deployed));
                ContextService context = context(pipeline);
                done(program.deployVerticle(context));
                await().until(() -> done(context.figures()).names() == 3);
                namesAreReadInAdvanceAndAgainWhenTheyChange(gateway, seen, context);
            } finally {
                done(program.close());
            }
            whatCantWaitOvertakesAndWhatFailsIsToldToWhoLooksAfterTheGuild(pipeline, gateway, seen, alerts);
            assertEquals(List.of(), seen.faults());
            assertEquals(List.of(), gateway.violations);
        }
    }

    private static void namesAreReadInAdvanceAndAgainWhenTheyChange(
            GatewayStandIn gateway, StreamLog seen, ContextService context) throws Exception {
        DiscordFrames.of("message_create").forEach(frame -> dispatch(gateway, frame));
        await().until(() -> contents(seen).equals(List.of("content_2", "content_3", "content_4")));
        JsonObject known = new JsonObject()
                .put("author", AUTHOR.getString("global_name", AUTHOR.getString("username")))
                .put("channel", "general")
                .put("guild", "The Mill");
        messages(seen).forEach(message -> assertEquals(known, message.getJsonObject("context")));
        assertEquals(new ContextService.Figures(9, 0, 3), done(context.figures()));

        dispatch(
                gateway,
                new JsonObject()
                        .put("t", "GUILD_MEMBER_UPDATE")
                        .put(
                                "d",
                                inGuild(new JsonObject()
                                        .put("user", AUTHOR)
                                        .put("nick", "Mara")
                                        .put("roles", new JsonArray()))));
        // The author of this one is another, whom nobody knows.
        gateway.message(GUILD, 1_000);
        await().until(() -> contents(seen).contains("message 1000"));
        int[] number = {1_000};
        await().until(() -> "Mara".equals(author(gateway, seen, ++number[0])));
        // The unknown one, and the one who was renamed.
        ContextService.Figures figures = done(context.figures());
        assertTrue(figures.misses() >= 2, figures::toString);
    }

    /** Who is said to have written a message that is dispatched now. */
    private static String author(GatewayStandIn gateway, StreamLog seen, int number) throws Exception {
        String content = "again " + number;
        gateway.dispatch("MESSAGE_CREATE", FRAME.copy().put("id", "" + number).put("content", content));
        await().until(() -> contents(seen).contains(content));
        return messages(seen)
                .get(contents(seen).indexOf(content))
                .getJsonObject("context")
                .getString("author");
    }

    private static void whatCantWaitOvertakesAndWhatFailsIsToldToWhoLooksAfterTheGuild(
            Pipeline pipeline, GatewayStandIn gateway, StreamLog seen, StreamLog alerts) throws Exception {
        gateway.dispatch("MESSAGE_DELETE", inGuild(new JsonObject().put("id", FRAME.getString("id"))));
        await().until(() -> types(seen).contains("message:deleted"));
        JsonObject deleted = seen.messages().get(types(seen).indexOf("message:deleted"));
        assertEquals("high", deleted.getString("priority"));
        assertEquals(
                404,
                person(pipeline, "member")
                        .entity("message", FRAME.getString("id") + "?stream=" + STREAM)
                        .status());

        // Longer than the pack lets a name be: what is behind it goes on.
        gateway.dispatch("GUILD_UPDATE", guild("x".repeat(101)));
        gateway.dispatch("GUILD_UPDATE", guild("The Old Mill"));
        await().until(() -> types(seen).stream().filter("guild:updated"::equals).count() == 2);
        JsonObject failing = ApiClient.event(
                        "job-1",
                        "message:updated",
                        new JsonObject().put("guildId", GUILD).put("messageId", "90"))
                .put("metadata", new JsonObject().put("expectedVersion", 99));
        assertEquals(202, pipeline.api("bot", "bot").post(failing).status());
        await().until(() -> alerts.messages().stream()
                        .filter(alert -> alert.getString("type").equals("alert"))
                        .count()
                == 2);
        try (SocketClient curious = open(pipeline, "member")) {
            curious.send(new JsonObject()
                    .put("type", "subscribe")
                    .put("stream", "system")
                    .encode());
            await().until(() -> curious.last("error") != null);
            assertEquals("permission_denied", curious.last("error").getString("code"));
        }
    }

    private static GatewayStandIn gateway() throws Exception {
        GatewayStandIn gateway = new GatewayStandIn();
        gateway.faults.token = System.getenv("DEMO_DISCORD_TOKEN");
        return gateway;
    }

    /** As {@code scripts/demo} makes it. */
    private static Path conf(GatewayStandIn gateway) throws Exception {
        Path conf = Repository.OUTPUTS.resolve("guilds-conf");
        Repository.delete(conf);
        Path demo = Repository.CONF.resolve("demo/guilds");
        Repository.copy(demo, conf);
        Files.copy(Repository.CONF.resolve("cluster.xml"), conf.resolve("cluster.xml"));
        String pack = Files.readString(Repository.CONF.resolve("domains/guilds.yaml"));
        for (String line : Files.readAllLines(demo.resolve("handlers"))) {
            if (!line.startsWith("#")) {
                String[] handler = line.split(" +", -1);
                String type = "  \"" + handler[0] + "\":\n";
                assertTrue(pack.contains(type), type);
                pack = pack.replace(type, type + "    handler: " + handler[1] + "\n");
            }
        }
        Files.writeString(conf.resolve("domains/guilds.yaml"), pack);
        Path source = conf.resolve("sources/discord.yaml");
        Files.writeString(source, Files.readString(source).replace("http://127.0.0.1:8079/api/v10", gateway.api()));
        Path sink = conf.resolve("sinks/context.yaml");
        Files.writeString(sink, Files.readString(sink).replace("81384788765712384", GUILD));
        return conf;
    }

    private static ContextService context(Pipeline pipeline) {
        String token = token(pipeline, "member");
        return new ContextService(pipeline.front().uri("").toString(), () -> token, List.of(GUILD));
    }

    private static String token(Pipeline pipeline, String role) {
        return pipeline.signer().token(role, new JsonObject().put("guilds", new JsonArray().add(GUILD)), role);
    }

    private static SocketClient open(Pipeline pipeline, String role) {
        return SocketClient.open(pipeline.broadcast().uri("/api/ws"), token(pipeline, role));
    }

    private static ApiClient person(Pipeline pipeline, String role) {
        return new ApiClient(pipeline.front().uri("/"), token(pipeline, role));
    }

    private static void dispatch(GatewayStandIn gateway, JsonObject frame) {
        try {
            gateway.dispatch(frame.getString("t"), frame.getJsonObject("d"));
        } catch (Exception failed) {
            throw new IllegalStateException(failed);
        }
    }

    private static JsonObject guild(String name) {
        return new JsonObject().put("id", GUILD).put("name", name).put("member_count", 1);
    }

    private static JsonObject inGuild(JsonObject content) {
        return content.put("guild_id", GUILD);
    }

    private static List<String> types(StreamLog log) {
        return log.messages().stream()
                .map(message -> message.getJsonObject("data").getString("type"))
                .toList();
    }

    private static List<JsonObject> messages(StreamLog log) {
        return log.messages().stream()
                .map(message -> message.getJsonObject("data"))
                .filter(event -> event.getString("type").equals("message:created"))
                .map(event -> event.getJsonObject("data"))
                .toList();
    }

    private static List<String> contents(StreamLog log) {
        return messages(log).stream()
                .map(message -> message.getString("content"))
                .toList();
    }

    private static <T> T done(Future<T> future) {
        return future.toCompletionStage().toCompletableFuture().join();
    }
}

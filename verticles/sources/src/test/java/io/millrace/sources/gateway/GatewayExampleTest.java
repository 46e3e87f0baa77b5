package io.millrace.sources.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.mapping.DocumentMapping;
import io.millrace.sources.file.SourceTrial;
import io.millrace.testkit.gateway.DiscordFrames;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the example of a bot makes of frames that Discord sent, for the pack of guilds. */
class GatewayExampleTest {
    private static final Path CONF = Path.of("../../conf");

    @SuppressWarnings("NullAway.Init")
    private static SourceTrial bot;

    @BeforeAll
    static void read() throws Exception {
        List<ConfigurationError> problems = new ArrayList<>();
        DomainModel guilds = DomainModel.parse("guilds.yaml", Files.readString(CONF.resolve("domains/guilds.yaml")));
        SourceTrial trial = SourceTrial.of(CONF.resolve("sources/gateway.yaml.example"), guilds, problems);
        assertEquals(List.of(), problems);
        assertNotNull(trial);
        bot = trial;
    }

    private static List<JsonObject> events(JsonObject frame) {
        DocumentMapping.Result result =
                bot.apply(frame.encode().getBytes(StandardCharsets.UTF_8), Map.of("#id", "s/" + frame.getLong("s")));
        return result.events().stream()
                .map(event -> new JsonObject(new String(event.json(), StandardCharsets.UTF_8)))
                .toList();
    }

    private static JsonObject only(JsonObject frame) {
        List<JsonObject> events = events(frame);
        assertEquals(1, events.size(), frame::encodePrettily);
        assertEquals("s/" + frame.getLong("s"), events.get(0).getString("id"));
        return events.get(0);
    }

    private static JsonObject d(JsonObject frame) {
        return frame.getJsonObject("d");
    }

    @Test
    void messages() {
        for (JsonObject frame : DiscordFrames.of("message_create")) {
            JsonObject event = only(frame);
            assertEquals("message:created", event.getString("type"));
            assertEquals(
                    new JsonObject()
                            .put("guildId", d(frame).getString("guild_id"))
                            .put("channelId", d(frame).getString("channel_id"))
                            .put("messageId", d(frame).getString("id"))
                            .put("userId", d(frame).getJsonObject("author").getString("id"))
                            .put("content", d(frame).getString("content")),
                    event.getJsonObject("data"));
            assertEquals(
                    OffsetDateTime.parse(d(frame).getString("timestamp")).toInstant(),
                    Instant.parse(event.getString("timestamp")));
        }
        for (JsonObject frame : DiscordFrames.of("message_update")) {
            JsonObject event = only(frame);
            assertEquals("message:updated", event.getString("type"));
            assertEquals(
                    d(frame).getString("content"), event.getJsonObject("data").getString("content"));
        }
        for (JsonObject frame : DiscordFrames.of("message_delete")) {
            JsonObject event = only(frame);
            assertEquals("message:deleted", event.getString("type"));
            assertEquals(d(frame).getString("id"), event.getJsonObject("data").getString("messageId"));
        }
    }

    @Test
    void aMessageMayHaveNoTextAndAnUpdateOnlyIds() {
        JsonObject empty = DiscordFrames.of("message_create").get(0).copy();
        d(empty).put("content", "");
        assertEquals("", only(empty).getJsonObject("data").getString("content"));
        JsonObject partial = new JsonObject()
                .put("op", 0)
                .put("t", "MESSAGE_UPDATE")
                .put("s", 9)
                .put(
                        "d",
                        new JsonObject()
                                .put("guild_id", "1")
                                .put("channel_id", "2")
                                .put("id", "3"));
        assertEquals(
                new JsonObject().put("guildId", "1").put("messageId", "3"),
                only(partial).getJsonObject("data"));
    }

    @Test
    void membersThreadsAndGuilds() {
        JsonObject member = only(DiscordFrames.of("guild_member_update").get(0));
        assertEquals("member:updated", member.getString("type"));
        assertEquals(
                new JsonObject()
                        .put("guildId", "900000000000000008")
                        .put("userId", "900000000000000007")
                        .put("memberId", "900000000000000008/900000000000000007")
                        .put("name", "nick_1")
                        .put("roles", new JsonArray()),
                member.getJsonObject("data"));
        JsonObject thread = only(DiscordFrames.of("thread_create").get(0));
        assertEquals("channel:created", thread.getString("type"));
        assertEquals("name_50", thread.getJsonObject("data").getString("name"));
        JsonObject guild = only(new JsonObject()
                .put("op", 0)
                .put("t", "GUILD_UPDATE")
                .put("s", 9)
                .put("d", new JsonObject().put("id", "1").put("name", "Ä")));
        assertEquals(new JsonObject().put("guildId", "1").put("name", "Ä"), guild.getJsonObject("data"));
    }

    @Test
    void whatThePackHasNoTypeForIsNoEvent() {
        for (String name : List.of(
                "message_reaction_add",
                "voice_state_update",
                "voice_channel_status_update",
                "voice_channel_start_time_update")) {
            DiscordFrames.of(name).forEach(frame -> assertEquals(List.of(), events(frame), name));
        }
    }
}

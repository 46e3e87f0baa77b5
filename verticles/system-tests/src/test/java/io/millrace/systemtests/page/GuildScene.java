package io.millrace.systemtests.page;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** A guild of its own, its bot and its people. */
abstract class GuildScene {
    final Pipeline pipeline;
    final ApiClient bot;
    final String guild = Shop.unique("g");
    final String stream = "guild:" + guild;

    GuildScene(Pipeline pipeline) {
        this.pipeline = pipeline;
        this.bot = pipeline.api("bot-1", "bot");
    }

    /** Without who came and went, which is kept nowhere. */
    static List<String> kept(StreamLog log) {
        return Shop.eventIds(log.messages().stream()
                .filter(message -> message.containsKey("position"))
                .toList());
    }

    static Set<String> told(StreamLog log, String type) {
        return log.messages().stream()
                .map(message -> message.getJsonObject("data"))
                .filter(event -> type.equals(event.getString("type")))
                .map(event -> event.getJsonObject("data").getString("userId"))
                .collect(Collectors.toSet());
    }

    Set<String> present(SocketClient client) {
        long before = answers(client);
        client.send(new JsonObject()
                .put("type", "presence")
                .put("id", 4)
                .put("stream", stream)
                .encode());
        await().until(() -> answers(client) > before);
        JsonArray users = client.last("presence").getJsonArray("users");
        return users.stream()
                .map(user -> ((JsonObject) user).getString("user"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    static long answers(SocketClient client) {
        return client.others().stream()
                .filter(message -> "presence".equals(message.getString("type")))
                .count();
    }

    void assertRefused(SocketClient client) {
        client.send(
                new JsonObject().put("type", "subscribe").put("stream", stream).encode());
        await().until(() -> client.last("error") != null);
        assertEquals("permission_denied", client.last("error").getString("code"));
    }

    static void publish(SocketClient client, int id, JsonObject event) {
        client.send(new JsonObject()
                .put("type", "publish")
                .put("id", id)
                .put("event", event)
                .encode());
    }

    JsonObject event(String type) {
        return ApiClient.event(Shop.unique("e"), type, new JsonObject().put("guildId", guild));
    }

    JsonObject message(String content) {
        JsonObject message = event("message:created");
        message.getJsonObject("data")
                .put("channelId", "general")
                .put("messageId", Shop.unique("m"))
                .put("userId", "u-1")
                .put("content", content);
        return message;
    }

    JsonObject warning(String user) {
        JsonObject warning = event("moderation:warned");
        warning.getJsonObject("data")
                .put("caseId", Shop.unique("case"))
                .put("userId", user)
                .put("reason", "spam");
        return warning;
    }

    List<String> history(String user, String role) {
        List<JsonObject> events = person(user, role).history(stream, null, 100).json().getJsonArray("events").stream()
                .map(JsonObject.class::cast)
                .toList();
        return Shop.eventIds(events);
    }

    ApiResponse read(String user, String role, String kind, String id) {
        return person(user, role).entity(kind, id + "?stream=" + stream);
    }

    SocketClient open(String user, String role) {
        return open(user, role, guild);
    }

    SocketClient open(String user, String role, String of) {
        return SocketClient.open(pipeline.broadcast().uri("/api/ws"), token(user, role, of));
    }

    ApiClient person(String user, String role) {
        return person(user, role, guild);
    }

    ApiClient person(String user, String role, String of) {
        return new ApiClient(pipeline.front().uri("/"), token(user, role, of));
    }

    String token(String user, String role, String of) {
        return pipeline.signer().token(user, new JsonObject().put("guilds", new JsonArray().add(of)), role);
    }
}

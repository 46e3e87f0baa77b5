package io.millrace.systemtests.access;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.millrace.testkit.client.Transport;
import io.millrace.testkit.client.TransportListener;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Two guilds on one server. A member of one gets the same answers about the other as about a guild that was never there,
 * whatever is asked, and nothing of what it gets depends on what happens in the other.
 */
@Order(15)
@OnPipeline(Pipeline.Layout.ONE_PROCESS)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class TenantsTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final Pipeline pipeline;
    private final String user = Shop.unique("u");
    // All names of one length, so that answers are compared byte for byte.
    private final String ours = Shop.unique("g");
    private final String theirs = Shop.unique("g");
    private final String none = Shop.unique("g");
    private final String theirMessage = Shop.unique("m");
    private final String noMessage = Shop.unique("m");
    private final JsonObject theirEvent = message(theirs, theirMessage);
    private final JsonObject theirOther = message(theirs, Shop.unique("m"));

    TenantsTest(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    private static JsonObject message(String guild, String message) {
        return ApiClient.event(
                Shop.unique("e"),
                "message:created",
                new JsonObject()
                        .put("guildId", guild)
                        .put("channelId", "c-1")
                        .put("messageId", message)
                        .put("userId", "somebody")
                        .put("content", "hello"));
    }

    private String token(String... roles) {
        return pipeline.signer().token(user, new JsonObject().put("guilds", new JsonArray().add(ours)), roles);
    }

    private ApiClient api(String... roles) {
        return new ApiClient(pipeline.front().uri("/"), token(roles));
    }

    private ApiClient bot() {
        return pipeline.api("discord", "bot", "admin");
    }

    @BeforeAll
    void bothGuildsAreUsed() {
        bot().post(List.of(message(ours, Shop.unique("m")), theirEvent, theirOther));
        await().atMost(TIMEOUT)
                .until(() -> committed(theirOther.getString("id"))
                        && !api("member")
                                .historyAfter("guild:" + ours, "beginning")
                                .isEmpty());
    }

    /** As somebody of the other guild sees it. */
    private boolean committed(String id) {
        JsonObject guilds = new JsonObject().put("guilds", new JsonArray().add(theirs));
        return new ApiClient(pipeline.front().uri("/"), pipeline.signer().token("other", guilds, "owner"))
                .get("/api/events/" + id + "/journey")
                .body()
                .contains("\"position\"");
    }

    /** Every way to ask about a stream over HTTP. */
    private Map<String, Function<String, ApiResponse>> questions(ApiClient api) {
        Map<String, Function<String, ApiResponse>> asked = new LinkedHashMap<>();
        Stream.of(
                        "/api/streams/guild:%s/events",
                        "/api/streams/guild:%s/events?last=1",
                        "/api/streams/guild:%s/events?after=beginning",
                        "/api/streams/guild:%s/events?after=2026-01-01T00:00:00Z",
                        "/api/streams/guild:%s/events?after=abc:1",
                        "/api/entities/message?stream=guild:%s",
                        "/api/entities/guild/%1$s?stream=guild:%1$s",
                        "/api/entities/message/" + theirMessage + "?stream=guild:%s",
                        "/api/entities/message/" + noMessage + "?stream=guild:%s",
                        "/api/poll?stream=guild:%s",
                        "/api/poll?stream=guild:%s&after=beginning",
                        "/api/sse?stream=guild:%s",
                        "/api/sse?stream=guild:%s&after=abc:1")
                .forEach(path -> asked.put(path, guild -> api.get(String.format(path, guild))));
        asked.put("publish", guild -> api.post(message(guild, theirMessage).put("id", "e-" + guild)));
        asked.put(
                "moderate",
                guild -> api.post(ApiClient.event(
                        "e-" + guild,
                        "moderation:banned",
                        new JsonObject()
                                .put("guildId", guild)
                                .put("caseId", "c-1")
                                .put("userId", "somebody")
                                .put("reason", "none"))));
        return asked;
    }

    @Test
    void anotherGuildAnswersAsOneThatWasNeverThere() {
        for (String role : List.of("member", "moderator", "owner")) {
            questions(api(role)).forEach((question, ask) -> {
                ApiResponse there = ask.apply(theirs);
                ApiResponse nothing = ask.apply(none);
                assertEquals(comparable(nothing, none), comparable(there, theirs), role + " " + question);
                assertEquals(403, there.status(), () -> role + " " + question + " " + there.body());
            });
        }
    }

    /** Without what differs from answer to answer: the time, and the name that was asked about. */
    private static String comparable(ApiResponse response, String guild) {
        Map<String, List<String>> headers = new TreeMap<>(response.headers().map());
        headers.remove("date");
        return (response.status() + " " + headers + " " + response.body())
                .replace(guild, "…")
                .replaceAll("\"timestamp\":\"[^\"]*\"", "");
    }

    @Test
    void aSubscriptionToAnotherGuildIsRefusedAsOneToNothingByEveryTransport() {
        for (Transport transport : Transport.values()) {
            List<String> answers = new ArrayList<>();
            for (String guild : List.of(none, theirs)) {
                try (TransportListener listener = transport.open(
                        pipeline.broadcast().uri("/"),
                        token("owner"),
                        new JsonObject().put("stream", "guild:" + guild).put("after", "beginning"))) {
                    await().atMost(TIMEOUT).until(() -> listener.hasEnded() || listener.first("error") != null);
                    answers.add(listener.messages().stream()
                            .filter(message -> !"welcome".equals(message.getString("type")))
                            .map(message -> {
                                message.remove("timestamp");
                                return message.encode().replace(guild, "…");
                            })
                            .collect(Collectors.joining("\n")));
                    assertEquals(List.of(), listener.events());
                }
            }
            assertEquals(answers.get(0), answers.get(1), transport.name());
            assertTrue(answers.get(0).contains("permission_denied"), transport + answers.get(0));
        }
    }

    @Test
    void anEventOfAnotherGuildIsAsUnknownAsOneThatNeverWas() {
        String never = Shop.unique("e");
        for (String role : List.of("member", "owner")) {
            for (String what : List.of("", "/journey")) {
                assertEquals(
                        comparable(api(role).get("/api/events/" + never + what), never),
                        comparable(
                                api(role).get("/api/events/" + theirEvent.getString("id") + what),
                                theirEvent.getString("id")));
            }
        }
    }

    @Test
    void anIdThatAnotherGuildsSenderUsedIsStillFree() {
        JsonObject same = new JsonObject()
                .put("id", theirOther.getString("id"))
                .put("type", "moderation:warned")
                .put(
                        "data",
                        new JsonObject()
                                .put("guildId", ours)
                                .put("caseId", Shop.unique("c"))
                                .put("userId", "somebody")
                                .put("reason", "spam"));
        ApiResponse posted = api("moderator").post(same);
        assertEquals(201, posted.status(), posted::toString);
    }

    @Test
    void whatHappensInAnotherGuildMovesNothingThatIsShownHere() {
        ApiClient api = api("owner");
        Map<String, String> before = shown(api);
        List<JsonObject> many = Stream.generate(() -> message(theirs, Shop.unique("m")))
                .limit(50)
                .toList();
        bot().post(many);
        await().atMost(TIMEOUT).until(() -> committed(many.get(49).getString("id")));
        assertEquals(before, shown(api));
    }

    private Map<String, String> shown(ApiClient api) {
        Map<String, String> shown = new LinkedHashMap<>();
        for (String path : List.of(
                "/api/streams",
                "/api/types",
                "/api/kpis",
                "/api/ws/info",
                "/api/streams/guild:" + ours + "/events?last=5",
                "/api/entities/message?limit=1&stream=guild:" + ours)) {
            ApiResponse response = api.get(path);
            assertEquals(200, response.status(), path);
            shown.put(path, path.contains("/entities/") ? withoutNext(response) : response.body());
        }
        return shown;
    }

    /** Where a list goes on is sealed, anew each time; what is compared is how long that text is. */
    private static String withoutNext(ApiResponse response) {
        JsonObject page = response.json();
        return page.getJsonArray("entities").encode() + " "
                + (page.containsKey("next") ? page.getString("next").length() : 0);
    }

    @Test
    void aListOfStreamsNamesOnesOwnAlone() {
        Set<String> named = api("owner").get("/api/streams?limit=1000").json().getJsonArray("streams").stream()
                .map(stream -> ((JsonObject) stream).getString("stream"))
                .filter(stream -> stream.startsWith("guild:"))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(Set.of("guild:" + ours), named);
        assertEquals(
                List.of(),
                api("owner")
                        .get("/api/streams?after=" + URLEncoder.encode("guild:" + ours, StandardCharsets.UTF_8))
                        .json()
                        .getJsonArray("streams")
                        .stream()
                        .filter(stream ->
                                ((JsonObject) stream).getString("stream").startsWith("guild:"))
                        .toList());
    }
}

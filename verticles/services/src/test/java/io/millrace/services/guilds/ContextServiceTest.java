package io.millrace.services.guilds;

import static io.millrace.services.ServiceServers.await;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The service between a router that asks it, a sink that tells it, and entities that it reads. */
class ContextServiceTest {
    private final Vertx vertx = Vertx.vertx();
    /** Names by kind/id. */
    private final Map<String, String> entities = new ConcurrentSkipListMap<>();

    private final List<String> asked = new CopyOnWriteArrayList<>();
    private volatile int status = 200;
    private volatile @Nullable Promise<Void> heldBack;
    private String http = "";
    private int number;

    @BeforeEach
    void listen() throws Exception {
        entities.putAll(Map.of(
                "guild/42", "The Mill", "channel/77", "general", "member/42/mara", "Mara", "member/42/tim", "Tim"));
        HttpServer server =
                await(vertx.createHttpServer().requestHandler(this::answer).listen(0, "127.0.0.1"));
        http = "http://127.0.0.1:" + server.actualPort();
    }

    @AfterEach
    void close() throws Exception {
        await(vertx.close());
    }

    /** As Millrace does, two entities a page. */
    private void answer(HttpServerRequest request) {
        String path = URLDecoder.decode(request.path(), StandardCharsets.UTF_8).replace("/api/entities/", "");
        asked.add(path);
        String name = entities.get(path);
        JsonObject body;
        if (path.contains("/")) {
            body = new JsonObject().put("state", name == null ? null : new JsonObject().put("name", name));
        } else {
            Map<String, String> behind = new TreeMap<>();
            entities.forEach((key, value) -> {
                if (key.startsWith(path + "/") && key.compareTo(request.getParam("after", "")) > 0) {
                    behind.put(key, value);
                }
            });
            JsonArray page = new JsonArray();
            behind.entrySet().stream()
                    .limit(2)
                    .forEach(entity -> page.add(new JsonObject()
                            .put("id", entity.getKey().substring(path.length() + 1))
                            .put("state", new JsonObject().put("name", entity.getValue()))));
            body = new JsonObject().put("entities", page);
            if (behind.size() > 2) {
                body.put("next", List.copyOf(behind.keySet()).get(1));
            }
        }
        boolean missing = path.contains("/") && name == null;
        Promise<Void> later = heldBack;
        Runnable send = () -> {
            var unused = request.response()
                    .setStatusCode(status != 200 ? status : missing ? 404 : 200)
                    .end(body.encode());
        };
        if (later == null) {
            send.run();
        } else {
            var unused = later.future().onSuccess(now -> send.run());
        }
    }

    private ContextService start(String... guilds) throws Exception {
        ContextService service = new ContextService(http, () -> "token", List.of(guilds));
        await(vertx.deployVerticle(service));
        asked.clear();
        return service;
    }

    private static JsonObject event(String id, String type, JsonObject data) {
        return new JsonObject()
                .put("id", id)
                .put("source", "discord")
                .put("type", type)
                .put("data", data.put("guildId", "42"));
    }

    /** The context of a message of its own, as the handler answers it. */
    private JsonObject context(String user) throws Exception {
        return context("m-" + ++number, user);
    }

    private JsonObject context(String id, String user) throws Exception {
        JsonObject data = new JsonObject().put("channelId", "77").put("userId", user);
        JsonObject answer =
                (JsonObject) await(vertx.eventBus().request(ContextService.HANDLER, event(id, "message:created", data)))
                        .body();
        return answer.getJsonObject("data").getJsonObject("context");
    }

    /** As the sink tells a change; returns when it is answered. */
    private void changed(String type, JsonObject data) throws Exception {
        await(vertx.eventBus().request(ContextService.CHANGES, event("c-" + ++number, type, data)));
    }

    private static JsonObject known(@Nullable String author) {
        return new JsonObject()
                .put("guild", "The Mill")
                .put("channel", "general")
                .put("author", author);
    }

    @Test
    void namesThatWereReadInAdvanceAreNotReadAgain() throws Exception {
        entities.put("member/42/noor", "Noor");
        ContextService service = start("42");

        assertEquals(known("Mara"), context("mara"));
        assertEquals(known("Noor"), context("noor"));
        assertEquals(List.of(), asked);
        assertEquals(new ContextService.Figures(6, 0, 5), await(service.figures()));
    }

    @Test
    void othersAreReadWhenTheyAreAskedForFirst() throws Exception {
        ContextService service = start();
        assertEquals(known("Mara"), context("mara"));
        assertEquals(known("Tim"), context("tim"));
        assertEquals(known(null), context("nobody"));
        assertEquals(known(null), context("nobody"));

        assertEquals(
                List.of("channel/77", "guild/42", "member/42/mara", "member/42/nobody", "member/42/tim"),
                asked.stream().sorted().toList());
        assertEquals(new ContextService.Figures(7, 5, 5), await(service.figures()));
    }

    @Test
    void aChangeIsHeardOfByEveryInstance() throws Exception {
        start("42");
        start("42");
        assertEquals(known("Mara"), context("mara"));
        entities.put("member/42/mara", "Mara the miller");
        changed("member:updated", new JsonObject().put("memberId", "42/mara"));
        entities.remove("channel/77");
        changed("channel:deleted", new JsonObject().put("channelId", "77"));
        entities.put("guild/42", "The Old Mill");
        changed("guild:updated", new JsonObject());

        JsonObject expected = new JsonObject()
                .put("guild", "The Old Mill")
                .put("channel", null)
                .put("author", "Mara the miller");
        // The instances take turns.
        for (int i = 0; i < 4; i++) {
            await().until(() -> context("mara").equals(expected));
        }
    }

    @Test
    void whatChangesWhileItIsReadIsNotKept() throws Exception {
        start();
        Promise<Void> read = Promise.promise();
        heldBack = read;
        Promise<JsonObject> answered = Promise.promise();
        JsonObject data = new JsonObject().put("channelId", "77").put("userId", "tim");
        var unused = vertx.eventBus()
                .<JsonObject>request(ContextService.HANDLER, event("m-0", "message:created", data))
                .onSuccess(answer -> answered.complete(answer.body()));
        await().until(() -> asked.size() == 3);
        changed("member:updated", new JsonObject().put("memberId", "42/tim"));
        entities.put("member/42/tim", "Timothy");
        heldBack = null;
        read.complete();

        await(answered.future());
        assertEquals(known("Timothy"), context("tim"));
    }

    @Test
    void anEventThatIsSentAgainIsAnsweredAsBefore() throws Exception {
        start("42");
        assertEquals(known("Tim"), context("m", "tim"));
        entities.put("member/42/tim", "Timothy");
        changed("member:updated", new JsonObject().put("memberId", "42/tim"));

        assertEquals(known("Tim"), context("m", "tim"));
        assertEquals(known("Timothy"), context("tim"));
    }

    @Test
    void aMessageIsTakenWithoutNamesThatCannotBeRead() throws Exception {
        status = 503;
        start("42");
        assertEquals(new JsonObject().put("guild", null).put("channel", null).put("author", null), context("mara"));
        status = 200;
        assertEquals(known("Mara"), context("mara"));
    }
}

package io.millrace.services.cdn;

import static io.millrace.services.ServiceServers.await;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Vertx;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a CDN is asked when an entity has changed. The other side of it, Millrace's answers, is in CdnTest of the api. */
class PurgeServiceTest {
    private static final long SOON_MS = 50;
    private static final JsonObject CHANGE =
            new JsonObject().put("stream", "products").put("kind", "product").put("id", "p 1/ä");

    private final Vertx vertx = Vertx.vertx();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private volatile int status = 200;
    private volatile String cacheStatus = "BYPASS";
    private String base = "";

    @BeforeEach
    void listen() throws Exception {
        HttpServer server = await(vertx.createHttpServer()
                .requestHandler(request -> {
                    asked.add(request.method() + " " + request.uri() + " " + request.getHeader("Surrogate-Key") + " "
                            + request.getHeader("X-Purge") + " " + request.getHeader("Cache-Control"));
                    var unused = request.response()
                            .setStatusCode(status)
                            .putHeader("X-Cache-Status", cacheStatus)
                            .end("{}");
                })
                .listen(0, "127.0.0.1"));
        base = "http://127.0.0.1:" + server.actualPort();
    }

    @AfterEach
    void close() throws Exception {
        await(vertx.close());
    }

    private int failure(JsonObject change) {
        ExecutionException failed = assertThrows(
                ExecutionException.class, () -> await(vertx.eventBus().request(PurgeService.ADDRESS, change)));
        return failed.getCause() instanceof ReplyException reply ? reply.failureCode() : -1;
    }

    @Test
    void aCacheWithKeysIsToldThoseThatTheAnswersHaveAndOnceMoreLater() throws Exception {
        await(vertx.deployVerticle(PurgeService.byKey(base + "/purge", Map.of("X-Purge", "key"), List.of(), SOON_MS)));
        await(vertx.eventBus().request(PurgeService.ADDRESS, CHANGE));

        String purge = "POST /purge events:products entities:products/product"
                + " entity:products/product/p%201%2F%C3%A4 key null";
        assertEquals(purge, asked.get(0));
        await().until(() -> asked.equals(List.of(purge, purge)));
    }

    @Test
    void ofATypeWithoutEntityTheHistoryIsPurged() throws Exception {
        await(vertx.deployVerticle(PurgeService.byKey(base + "/purge", Map.of(), List.of(), SOON_MS)));
        await(vertx.eventBus().request(PurgeService.ADDRESS, new JsonObject().put("stream", "room:42")));
        assertEquals("POST /purge events:room:42 null null", asked.get(0));
        assertEquals(422, failure(CHANGE.copy().putNull("id")));
    }

    /** A type may have stopped being public meanwhile. */
    @Test
    void whatWasKeptBeforeTheServiceStartedIsPurged() throws Exception {
        List<String> streams = List.of("products", "room:42");
        await(vertx.deployVerticle(PurgeService.byKey(base + "/purge", Map.of("X-Purge", "key"), streams, SOON_MS)));
        assertEquals(
                List.of("POST /purge stream:products closed:products stream:room:42 closed:room:42 key null"), asked);
        status = 403;
        PurgeService refused = PurgeService.byKey(base + "/purge", Map.of(), streams, SOON_MS);
        assertThrows(ExecutionException.class, () -> await(vertx.deployVerticle(refused)));
    }

    @Test
    void nginxIsAskedForTheEntityPastItsCacheByEachOfItsAddresses() throws Exception {
        await(vertx.deployVerticle(PurgeService.ofNginx(base, "the secret", SOON_MS)));
        await(vertx.eventBus().request(PurgeService.ADDRESS, CHANGE));

        String plain = "GET /api/entities/product/p%201%2F%C3%A4 null the secret no-cache";
        String named = "GET /api/entities/product/p%201%2F%C3%A4?stream=products null the secret no-cache";
        assertTrue(asked.containsAll(List.of(plain, named)), asked::toString);
        await().until(() -> asked.size() == 4 && asked.subList(2, 4).containsAll(List.of(plain, named)));
        status = 404;
        await(vertx.eventBus().request(PurgeService.ADDRESS, CHANGE));
        await(vertx.eventBus().request(PurgeService.ADDRESS, new JsonObject().put("stream", "products")));
    }

    @Test
    void nginxIsAskedAsAPageAsks() throws Exception {
        await(vertx.deployVerticle(PurgeService.ofNginx(base, "the secret", SOON_MS)));
        await(vertx.eventBus()
                .request(
                        PurgeService.ADDRESS,
                        CHANGE.copy().put("stream", "room:42").put("id", "it's (~new*!)")));
        String path = "GET /api/entities/product/it's%20(~new*!)";
        assertTrue(asked.contains(path + "?stream=room%3A42 null the secret no-cache"), asked::toString);
        assertTrue(asked.contains(path + " null the secret no-cache"), asked::toString);
    }

    @Test
    void anAnswerOutOfTheCacheIsNoPurge() throws Exception {
        await(vertx.deployVerticle(PurgeService.ofNginx(base, "a wrong secret", SOON_MS)));
        cacheStatus = "HIT";
        assertEquals(422, failure(CHANGE));
        status = 429;
        assertEquals(503, failure(CHANGE));
    }

    @Test
    void anEventWaitsForACacheThatIsAwayAndIsDeadIfTheCacheRefusesIt() throws Exception {
        await(vertx.deployVerticle(PurgeService.byKey(base + "/purge", Map.of(), List.of(), SOON_MS)));
        status = 503;
        assertEquals(503, failure(CHANGE));
        status = 403;
        assertEquals(422, failure(CHANGE));
        assertEquals(422, failure(new JsonObject().put("stream", "products")));
    }

    @Test
    void whatNginxDoesNotGiveOutIsRefused() throws Exception {
        await(vertx.deployVerticle(PurgeService.ofNginx(base, "the secret", SOON_MS)));
        status = 401;
        assertEquals(422, failure(CHANGE));
        status = 502;
        assertEquals(503, failure(CHANGE));
    }
}

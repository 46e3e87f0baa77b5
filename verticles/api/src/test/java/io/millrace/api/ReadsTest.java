package io.millrace.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.entity.EntityState;
import io.millrace.contracts.entity.EntityState.Level;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.stream.HistoryPage;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a reader's cache is told, over a cache and a history that always answer the same. */
@Timeout(20)
class ReadsTest {
    private final HttpClient client = HttpClient.newHttpClient();

    @SuppressWarnings("NullAway.Init")
    private ApiFixture fixture;

    private volatile String epoch = "k1";

    @BeforeEach
    void start() throws Exception {
        fixture = new ApiFixture(
                """
                domain: test
                namespaces: { notes: { stream: notes }, rooms: { stream: "room:{data.roomId}" } }
                types:
                  "note:written":
                    { namespace: notes, entity: { kind: note, id: data.noteId, apply: put } }
                  "room:opened":
                    { namespace: rooms, entity: { kind: room, id: data.roomId, apply: put } }
                roles: { admin: { see: ["*"] } }
                """);
        byte[] state = "{\"noteId\":\"n-1\"}".getBytes(StandardCharsets.UTF_8);
        fixture.serve(
                Addresses.CACHE,
                query -> Future.succeededFuture(new EntityState(
                        query.entity(),
                        3,
                        query.entity().id().equals("gone") ? null : state,
                        new Position(epoch, 7),
                        Level.NEAR)));
        fixture.serve(
                Addresses.HISTORY, query -> Future.succeededFuture(new HistoryPage("notes", "k1", 1, 7, List.of())));
    }

    @AfterEach
    void end() throws Exception {
        fixture.close();
    }

    @Test
    void anEntityHasItsVersion() throws Exception {
        HttpResponse<String> whole = get("/api/entities/note/n-1", "Accept", "*/*");
        assertEquals(200, whole.statusCode(), whole::body);
        assertEquals("\"3\"", header(whole, "ETag"));
        assertEquals("Authorization", header(whole, "Vary"));
    }

    @Test
    void aDeletedEntityHasItsVersion() throws Exception {
        HttpResponse<String> gone = get("/api/entities/note/gone", "Accept", "*/*");
        assertEquals(404, gone.statusCode(), gone::body);
        assertEquals("\"3\"", header(gone, "ETag"));
        assertEquals("application/problem+json", header(gone, "Content-Type"));
        assertEquals(3, new JsonObject(gone.body()).getInteger("version"));
    }

    @Test
    void aClientThatSeesAllLearnsThatAStreamHasNoSuchEntities() throws Exception {
        assertEquals(
                404,
                get("/api/entities/note/n-1?stream=elsewhere", "Accept", "*/*").statusCode());
        assertEquals(
                200, get("/api/entities/note/n-1?stream=notes", "Accept", "*/*").statusCode());
        HttpResponse<String> unknown = get("/api/entities/thing/n-1", "Accept", "*/*");
        assertEquals(404, unknown.statusCode(), unknown::body);
        assertEquals(404, get("/api/streams/notess/events", "Accept", "*/*").statusCode());
        HttpResponse<String> unnamed = get("/api/entities/room/r-1", "Accept", "*/*");
        assertEquals(400, unnamed.statusCode(), unnamed::body);
        assertEquals(
                "stream is missing: the id of a room is a name within its stream, room:{data.roomId}",
                new JsonObject(unnamed.body()).getString("detail"));
    }

    @Test
    void aClientThatHasTheVersionGetsA304HoweverItWritesTheTag() throws Exception {
        for (String known : List.of("W/\"3\"", "\"3\"", "\"2\", W/\"3\"", "*")) {
            HttpResponse<String> answer = get("/api/entities/note/n-1", "If-None-Match", known);
            assertEquals(304, answer.statusCode(), known);
            assertEquals("", answer.body());
        }
        assertEquals(
                200, get("/api/entities/note/n-1", "If-None-Match", "W/\"2\"").statusCode());
    }

    @Test
    void afterAResetTheSameVersionIsAnotherState() throws Exception {
        epoch = "k1234";
        String now = header(get("/api/entities/note/n-1", "Accept", "*/*"), "ETag");
        assertEquals("\"3.k1234\"", now);
        assertEquals(304, get("/api/entities/note/n-1", "If-None-Match", now).statusCode());
        for (String before : List.of("\"3\"", "W/\"3\"", "\"3.k0123\"")) {
            assertEquals(
                    200, get("/api/entities/note/n-1", "If-None-Match", before).statusCode(), before);
        }
    }

    @Test
    void aPageOfHistoryIsItsReadersOwn() throws Exception {
        HttpResponse<String> page = get("/api/streams/notes/events", "Accept", "*/*");
        assertEquals(200, page.statusCode(), page::body);
        assertEquals("Authorization", header(page, "Vary"));
        HttpResponse<String> again = get("/api/streams/notes/events", "If-None-Match", header(page, "ETag"));
        assertEquals(304, again.statusCode());
        assertEquals("Authorization", header(again, "Vary"));
        // Counted when the answer is written, which its reader may notice first.
        Awaitility.await()
                .until(() -> fixture.metrics
                                .get("millrace.api.read")
                                .tag("what", "history")
                                .timer()
                                .count()
                        == 2);
    }

    @Test
    void aRouteThatReadsNoBodyTakesNoLongOneEither() throws Exception {
        HttpRequest request = request("/api/ws/info")
                .method("GET", BodyPublishers.ofByteArray(new byte[ApiFixture.MAX_BODY + 1]))
                .build();
        assertEquals(413, client.send(request, BodyHandlers.ofString()).statusCode());
    }

    private HttpResponse<String> get(String path, String name, String value) throws Exception {
        return client.send(request(path).header(name, value).build(), BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(fixture.uri.resolve(path))
                .version(HttpClient.Version.HTTP_1_1)
                .header("Authorization", "Bearer " + fixture.token("u-1", "admin"));
    }

    private static String header(HttpResponse<String> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }
}

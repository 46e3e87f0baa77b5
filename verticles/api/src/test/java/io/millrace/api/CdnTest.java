package io.millrace.api;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.entity.EntityQuery;
import io.millrace.contracts.entity.EntityState;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.stream.HistoryPage;
import io.millrace.testkit.process.Nginx;
import io.millrace.testkit.process.Ports;
import io.vertx.core.Future;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Reads through nginx as a CDN, as {@code conf/cdn/nginx.conf} configures it, over entities that a test changes. */
@Timeout(60)
class CdnTest {
    private static final Ports PORTS = new Ports();
    private static final Path CONF = Path.of("../../conf/cdn/nginx.conf");
    private static final String NOTE = "/api/entities/note/n-1";
    private static final String SECRET = "nobody else may know";

    private final HttpClient client = HttpClient.newHttpClient();
    private final Path folder;
    private final Map<String, EntityState> entities = new ConcurrentHashMap<>();
    private final List<EntityQuery> asked = new CopyOnWriteArrayList<>();
    private volatile CompletableFuture<Boolean> slow = CompletableFuture.completedFuture(true);
    private @Nullable ApiFixture fixture;
    private @Nullable Nginx nginx;

    CdnTest(@TempDir Path folder) {
        this.folder = folder;
    }

    /** @param all whether every read goes through the cache, not only those that the file lets in */
    private void start(String age, String stale, boolean all, String... origins) throws Exception {
        ApiFixture api = new ApiFixture(
                """
                domain: test
                namespaces: { notes: { stream: notes }, diaries: { stream: diaries } }
                types:
                  "note:written": { namespace: notes, entity: { kind: note, id: data.noteId, apply: put } }
                  "note:hidden": { namespace: notes }
                  "diary:written":
                    { namespace: diaries, owner: data.userId, entity: { kind: diary, id: data.diaryId, apply: put } }
                roles:
                  public: { see: ["note:written"] }
                  writer: { see: ["note:written", "diary:* own"] }
                  admin: { see: ["*"] }
                """,
                "api.shared.age",
                age,
                "api.shared.stale",
                stale,
                "http.origins",
                String.join(",", origins));
        fixture = api;
        api.serve(Addresses.CACHE, query -> {
            asked.add(query);
            EntityState known = entities.get(query.entity().id());
            return Future.fromCompletionStage(slow)
                    .map(now -> known == null ? state(query, 0, null) : state(query, known.version(), known.state()));
        });
        api.serve(Addresses.HISTORY, query -> Future.succeededFuture(new HistoryPage("notes", "k1", 1, 7, List.of())));
        int port = PORTS.free();
        String conf = Files.readString(CONF)
                .replace("/var/cache/nginx/millrace", folder.resolve("cache").toString())
                .replace("127.0.0.1:8080", "127.0.0.1:" + api.port)
                .replace("127.0.0.1:8000", "127.0.0.1:" + port);
        if (all) {
            conf = conf.replace("  default 1;", "  default 0;")
                    .replace("location /api/entities/", "location /api/")
                    .replace(" $http_authorization;", ";");
        }
        nginx = new Nginx(folder, port, conf);
    }

    private void start(String age, String stale) throws Exception {
        start(age, stale, false);
    }

    @AfterEach
    void end() throws Exception {
        if (nginx != null) {
            nginx.close();
        }
        if (fixture != null) {
            fixture.close();
        }
    }

    private static EntityState state(EntityQuery query, long version, byte @Nullable [] json) {
        return new EntityState(query.entity(), version, json, new Position("k1", 7), EntityState.Level.NEAR);
    }

    private void write(String id, long version, @Nullable String json) {
        byte[] state = json == null ? null : json.getBytes(StandardCharsets.UTF_8);
        entities.put(id, state(new EntityQuery(new EntityRef("note", "notes", id), false), version, state));
    }

    /** Writes a version of the note. */
    private void write(long version) {
        write("n-1", version, "{\"noteId\":\"n-1\",\"text\":\"of version " + version + "\"}");
    }

    private HttpResponse<String> get(String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        Objects.requireNonNull(nginx).uri(path))
                .version(HttpClient.Version.HTTP_1_1)
                .header("Accept", "*/*");
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> getAs(String user, String role, String path) throws Exception {
        return get(
                path,
                "Authorization",
                "Bearer " + Objects.requireNonNull(fixture).token(user, role));
    }

    private static String header(HttpResponse<String> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    /** The cache's own word, and the version that came. */
    private static String told(HttpResponse<String> response) {
        return header(response, "X-Cache-Status") + " "
                + response.body().replaceFirst("(?s).*\"version\":(\\d+).*", "$1");
    }

    private String read(String... headers) throws Exception {
        return told(get(NOTE, headers));
    }

    @Test
    void whatEverybodyMaySeeIsAskedForOnce() throws Exception {
        start("60s", "30s");
        write(1);
        HttpResponse<String> first = get(NOTE);
        HttpResponse<String> second = get(NOTE);

        assertEquals("MISS 1", told(first));
        assertEquals("HIT 1", told(second));
        assertEquals(first.body(), second.body());
        assertEquals(1, asked.size());
        assertEquals("public, max-age=0, s-maxage=60, stale-while-revalidate=30", header(second, "Cache-Control"));
        assertEquals("stream:notes entity:notes/note/n-1", header(second, "Surrogate-Key"));
        assertEquals("stream:notes,entity:notes/note/n-1", header(second, "Cache-Tag"));
        assertEquals("Authorization", header(second, "Vary"));
        assertEquals(304, get(NOTE, "If-None-Match", header(second, "ETag")).statusCode());
        assertEquals(1, asked.size());
    }

    @Test
    void whatIsOldIsAskedForByItsTag() throws Exception {
        start("1s", "0ms");
        write(1);
        assertEquals("MISS 1", read());
        await().until(() -> read().equals("REVALIDATED 1"));
        write(2);
        await().until(() -> read().equals("EXPIRED 2"));
        assertEquals("HIT 2", read());
    }

    @Test
    void whileTheNewOneIsFetchedTheOldOneIsServed() throws Exception {
        start("5s", "60s");
        write(1);
        assertEquals("MISS 1", read());
        write(2);
        List<String> told = new ArrayList<>();
        await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(20)).until(() -> {
            told.add(read());
            return told.contains("HIT 2");
        });
        told.removeIf(one -> one.equals("HIT 1") || one.equals("UPDATING 1"));
        assertEquals(Set.of("STALE 1", "HIT 2"), Set.copyOf(told), told::toString);
    }

    @Test
    void aWriteRenewsTheEntryAtOnce() throws Exception {
        start("60s", "0ms");
        String[] renew = {"X-Purge", "change-me", "Cache-Control", "no-cache"};
        write(1);
        assertEquals("MISS 1", read());
        write(2);
        assertEquals("HIT 1", read());
        assertEquals("HIT 1", read("X-Purge", "a guess", "Cache-Control", "no-cache"));

        assertEquals("BYPASS 2", read(renew));
        assertTrue(asked.get(asked.size() - 1).fresh(), "PostgreSQL is read, which has the write");
        assertEquals("HIT 2", read());

        write("n-1", 3, null);
        assertEquals(404, get(NOTE, renew).statusCode());
        HttpResponse<String> gone = get(NOTE);
        assertEquals(404, gone.statusCode());
        assertEquals("HIT 3", told(gone));
        write(4);
        assertEquals("BYPASS 4", read(renew));
        assertEquals("HIT 4", read());
    }

    @Test
    void nobodyGetsWhatAnotherOnesTokenDecides() throws Exception {
        start("60s", "60s", true);
        write(1);
        write("d-ann", 1, "{\"diaryId\":\"d-ann\",\"userId\":\"ann\",\"text\":\"" + SECRET + "\"}");
        String diary = "/api/entities/diary/d-ann";
        for (int round = 0; round < 3; round++) {
            HttpResponse<String> own = getAs("ann", "writer", diary);
            assertEquals(200, own.statusCode(), own::body);
            assertTrue(own.body().contains(SECRET));
            assertEquals("private, no-cache", header(own, "Cache-Control"));
            assertEquals("", header(own, "Surrogate-Key"));
            assertEquals(403, getAs("bob", "writer", diary).statusCode());
            HttpResponse<String> nobodys = get(diary);
            assertEquals(401, nobodys.statusCode());
            assertEquals("private, no-store", header(nobodys, "Cache-Control"));
            // Who sees the whole stream is told the position, too.
            for (String path : List.of(NOTE, "/api/streams/notes/events")) {
                HttpResponse<String> all = getAs("root", "admin", path);
                HttpResponse<String> some = get(path);
                assertTrue(all.body().contains("\"k1:"), all::body);
                assertFalse(some.body().contains("\"k1:"), some::body);
                assertEquals(round == 0 ? "MISS" : "HIT", header(some, "X-Cache-Status"), path);
                assertEquals("MISS", header(all, "X-Cache-Status"), path);
            }
        }
        try (Stream<Path> kept = Files.walk(folder.resolve("cache"))) {
            for (Path file : kept.filter(Files::isRegularFile).toList()) {
                String content = Files.readString(file, StandardCharsets.ISO_8859_1);
                assertFalse(content.contains(SECRET) || content.contains("\"k1:"), content);
            }
        }
    }

    @Test
    void aPageGetsWhatItsOwnOriginMayRead() throws Exception {
        List<String> origins = List.of("https://a.example", "https://b.example");
        start("60s", "0ms", false, origins.toArray(String[]::new));
        write(1);
        assertEquals("", header(get(NOTE), "Access-Control-Allow-Origin"));
        for (int round = 0; round < 2; round++) {
            for (String origin : origins) {
                HttpResponse<String> answer = get(NOTE, "Origin", origin);
                assertEquals(origin, header(answer, "Access-Control-Allow-Origin"));
                assertEquals("origin, Authorization", header(answer, "Vary"));
            }
        }
    }

    @Test
    void whereAnyOriginMayReadAnAnswerThatWasMadeForNoneIsForAPageToo() throws Exception {
        start("60s", "0ms", false, "*");
        write(1);
        assertEquals("MISS 1", read());
        HttpResponse<String> answer = get(NOTE, "Origin", "https://a.example");
        assertEquals("HIT 1", told(answer));
        assertEquals("*", header(answer, "Access-Control-Allow-Origin"));
    }

    @Test
    void withoutAnAgeNothingIsKept() throws Exception {
        start("0ms", "60s");
        write(1);
        assertEquals("MISS 1", read());
        assertEquals("MISS 1", read());
        assertEquals("private, no-cache", header(get(NOTE), "Cache-Control"));
    }

    @Test
    void onlyTheAddressThatIsRenewedIsKept() throws Exception {
        start("60s", "0ms");
        String note = "/api/entities/note/";
        for (String id : List.of("n-1", "it's", "room:42", "p 1/\u00e4")) {
            write(id, 1, "{\"noteId\":\"x\"}");
        }
        for (String path : List.of(
                note + "n-1",
                note + "n-1?stream=notes",
                note + "it's",
                note + "room%3A42",
                note + "room%3A42?stream=notes",
                note + "p%201%2F%C3%A4")) {
            assertEquals("MISS 1", told(get(path)), path);
            assertEquals("HIT 1", told(get(path)), path);
            assertEquals("BYPASS 1", told(get(path, "X-Purge", "change-me")), path);
        }
        for (String path : List.of(
                note + "n-1?stream=notes&x=1",
                note + "n-1?stream=n%6Ftes",
                note + "n-1?",
                note + "%6E-1",
                note + "./n-1",
                "/api//entities/note/n-1",
                note + "it%27s",
                note + "room:42",
                note + "room%3a42",
                note + "n-1;x=1",
                "/api/entities/note?stream=notes")) {
            for (int times = 0; times < 2; times++) {
                assertEquals("BYPASS", header(get(path), "X-Cache-Status"), path);
            }
        }
        assertEquals("BYPASS", header(getAs("root", "admin", note + "n-1"), "X-Cache-Status"));
    }

    @Test
    void aCrowdThatAsksForTheSameIsOneQuestion() throws Exception {
        start("60s", "0ms");
        write(1);
        HttpRequest request = HttpRequest.newBuilder(Objects.requireNonNull(nginx).uri(NOTE))
                .version(HttpClient.Version.HTTP_1_1)
                .build();
        slow = CompletableFuture.supplyAsync(() -> true, CompletableFuture.delayedExecutor(300, TimeUnit.MILLISECONDS));
        List<CompletableFuture<HttpResponse<String>>> crowd = Stream.generate(
                        () -> client.sendAsync(request, BodyHandlers.ofString()))
                .limit(8)
                .toList();
        for (CompletableFuture<HttpResponse<String>> answer : crowd) {
            assertEquals(200, answer.get().statusCode());
        }
        assertEquals(1, asked.size());
    }
}

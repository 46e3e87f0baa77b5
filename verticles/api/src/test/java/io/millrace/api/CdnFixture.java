package io.millrace.api;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.entity.EntityQuery;
import io.millrace.contracts.entity.EntityState;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.stream.HistoryPage;
import io.millrace.contracts.stream.HistoryQuery;
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
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** Reads through nginx as a CDN, as {@code conf/cdn/nginx.conf} configures it, over entities that a test changes. */
abstract class CdnFixture {
    private static final Ports PORTS = new Ports();
    private static final Path CONF = Path.of("../../conf/cdn/nginx.conf");
    private static final String PACK =
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
            """;

    static final String NOTE = "/api/entities/note/n-1";
    final HttpClient client = HttpClient.newHttpClient();
    final Path folder;
    private final Map<String, EntityState> entities = new ConcurrentHashMap<>();
    final List<EntityQuery> asked = new CopyOnWriteArrayList<>();
    volatile CompletableFuture<Boolean> slow = CompletableFuture.completedFuture(true);
    private @Nullable ApiFixture fixture;

    @Nullable
    Nginx nginx;

    CdnFixture(@TempDir Path folder) {
        this.folder = folder;
    }

    /** @param all whether every read goes through the cache, not only those that the file lets in */
    void start(String age, String stale, boolean all, String... origins) throws Exception {
        ApiFixture api = new ApiFixture(
                PACK, "http.shared.age", age, "http.shared.stale", stale, "http.origins", String.join(",", origins));
        fixture = api;
        api.serve(Addresses.CACHE, query -> {
            asked.add(query);
            EntityState known = entities.get(query.entity().id());
            return Future.fromCompletionStage(slow)
                    .map(now -> known == null ? state(query, 0, null) : state(query, known.version(), known.state()));
        });
        api.serve(Addresses.HISTORY, query -> Future.succeededFuture(page(query)));
        int port = PORTS.free();
        String conf = Files.readString(CONF)
                .replace("/var/cache/nginx/millrace", folder.resolve("cache").toString())
                .replace("127.0.0.1:8080", "127.0.0.1:" + api.port)
                .replace("127.0.0.1:8000", "127.0.0.1:" + port);
        if (all) {
            conf = conf.substring(0, conf.indexOf("  # Pages of history"))
                    .concat("}")
                    .replace("  default 1;", "  default 0;")
                    .replace("location /api/entities/", "location /api/")
                    .replace(" $http_authorization;", ";");
        }
        nginx = new Nginx(folder, port, conf);
    }

    void start(String age, String stale) throws Exception {
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

    /** Of a stream of three events. */
    private static HistoryPage page(HistoryQuery query) {
        long first = query.last() ? Math.max(1, 4 - query.limit()) : query.after() + 1;
        List<CommittedEvent> events = LongStream.rangeClosed(first, 3)
                .limit(query.limit())
                .mapToObj(CdnFixture::event)
                .toList();
        return new HistoryPage("notes", "k1", 1, 3, events);
    }

    private static CommittedEvent event(long offset) {
        byte[] data = "{}".getBytes(StandardCharsets.UTF_8);
        Event event = Event.builder("e-" + offset, "note:written", "test")
                .timeMicros(1_769_851_800_000_000L)
                .data(data)
                .metadata(data)
                .stream("notes")
                .publisher("p")
                .build();
        return new CommittedEvent(event, new Position("k1", offset), 0, null);
    }

    private static EntityState state(EntityQuery query, long version, byte @Nullable [] json) {
        return new EntityState(query.entity(), version, json, new Position("k1", 7), EntityState.Level.NEAR);
    }

    void write(String id, long version, @Nullable String json) {
        byte[] state = json == null ? null : json.getBytes(StandardCharsets.UTF_8);
        entities.put(id, state(new EntityQuery(new EntityRef("note", "notes", id), false), version, state));
    }

    /** Writes a version of the note. */
    void write(long version) {
        write("n-1", version, "{\"noteId\":\"n-1\",\"text\":\"of version " + version + "\"}");
    }

    HttpResponse<String> get(String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        Objects.requireNonNull(nginx).uri(path))
                .version(HttpClient.Version.HTTP_1_1)
                .header("Accept", "*/*");
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }

    HttpResponse<String> getAs(String user, String role, String path) throws Exception {
        return get(
                path,
                "Authorization",
                "Bearer " + Objects.requireNonNull(fixture).token(user, role));
    }

    static String header(HttpResponse<String> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    /** The cache's own word, and the version that came. */
    static String told(HttpResponse<String> response) {
        return header(response, "X-Cache-Status") + " "
                + response.body().replaceFirst("(?s).*\"version\":(\\d+).*", "$1");
    }

    String read(String... headers) throws Exception {
        return told(get(NOTE, headers));
    }
}

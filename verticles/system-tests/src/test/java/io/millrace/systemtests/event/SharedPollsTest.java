package io.millrace.systemtests.event;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.Repository;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.process.Nginx;
import io.millrace.testkit.process.Pipeline;
import io.millrace.testkit.process.Ports;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Readers without a token, who follow a stream by long polls through nginx, by {@code conf/cdn/nginx.conf}. */
@Order(12)
@OnPipeline(Pipeline.Layout.ONE_PROCESS)
final class SharedPollsTest {
    private static final int READERS = 100;
    private static final int EVENTS = 5;

    private final Pipeline pipeline;
    private final Path folder;
    private final AtomicInteger polls = new AtomicInteger();
    /** Those that nginx passed to Millrace. */
    private final AtomicInteger passed = new AtomicInteger();

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    SharedPollsTest(Pipeline pipeline, @TempDir Path folder) {
        this.pipeline = pipeline;
        this.folder = folder;
    }

    @Test
    void aCrowdCostsWhatAReaderCostsAndEachGetsEveryEventOnce() throws Exception {
        ApiClient staff = pipeline.api("shop", "staff");
        List<String> sent = new ArrayList<>();
        try (Nginx nginx = nginx()) {
            URI poll = nginx.uri("/api/poll?stream=products");
            String now =
                    answer(client.send(request(poll), BodyHandlers.ofString())).getString("next");
            List<Reader> readers =
                    Stream.generate(() -> new Reader(poll)).limit(READERS).toList();
            List<CompletableFuture<Void>> ends =
                    readers.stream().map(reader -> reader.follow(now)).toList();
            for (int i = 0; i < EVENTS; i++) {
                // All wait again when the next one comes.
                await().until(() -> readers.stream().allMatch(reader -> reader.waits));
                JsonObject created = ApiClient.event(
                        Shop.unique("e"),
                        "product:created",
                        new JsonObject().put("productId", Shop.unique("p")).put("price", 9.5));
                assertEquals(202, staff.post(created).status());
                sent.add(created.getString("id"));
                await().until(() -> readers.stream().allMatch(reader -> reader.ids.equals(sent)));
            }
            ends.forEach(CompletableFuture::join);
        }
        assertTrue(polls.get() >= READERS * EVENTS, polls::toString);
        assertTrue(passed.get() <= 3 * EVENTS, () -> passed + " of " + polls + " polls reached Millrace");
    }

    private Nginx nginx() throws Exception {
        int port = new Ports().free();
        String conf = Files.readString(Repository.CONF.resolve("cdn/nginx.conf"))
                .replace("/var/cache/nginx/millrace", folder.resolve("cache").toString())
                .replace("127.0.0.1:8080", pipeline.front().uri("/").getAuthority())
                .replace("127.0.0.1:8000", "127.0.0.1:" + port);
        return new Nginx(folder, port, conf);
    }

    private static HttpRequest request(URI uri) {
        return HttpRequest.newBuilder(uri).build();
    }

    private static JsonObject answer(HttpResponse<String> response) {
        assertEquals(200, response.statusCode(), response::body);
        return new JsonObject(response.body());
    }

    /** One that goes on from each answer's position until it has all events. */
    private final class Reader {
        final List<String> ids = new CopyOnWriteArrayList<>();
        private final URI poll;
        /** Whether a question is under way for what comes after all that it has. */
        private volatile boolean waits;

        Reader(URI poll) {
            this.poll = poll;
        }

        CompletableFuture<Void> follow(String after) {
            URI next = URI.create(poll + "&after=" + URLEncoder.encode(after, StandardCharsets.UTF_8));
            waits = true;
            return client.sendAsync(request(next), BodyHandlers.ofString()).thenCompose(response -> {
                polls.incrementAndGet();
                if (!response.headers().firstValue("X-Cache-Status").orElse("").equals("HIT")) {
                    passed.incrementAndGet();
                }
                waits = false;
                JsonObject answer = answer(response);
                ids.addAll(Shop.eventIds(objects(answer)));
                return ids.size() == EVENTS
                        ? CompletableFuture.completedFuture(null)
                        : follow(answer.getString("next"));
            });
        }
    }

    private static List<JsonObject> objects(JsonObject answer) {
        return IntStream.range(0, answer.getJsonArray("events").size())
                .mapToObj(answer.getJsonArray("events")::getJsonObject)
                .toList();
    }
}

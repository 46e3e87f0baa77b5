package io.millrace.sinks.webhook;

import static io.millrace.postgres.lease.LeaseDatabase.await;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.platform.http.Networks;
import io.millrace.sinks.SinksFixture;
import io.millrace.testkit.process.NpmPackages;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Assumptions;

/** Somebody's server that gets webhooks, and answers as the test wants. */
final class Receiver implements AutoCloseable {
    private final Vertx vertx = Vertx.vertx();
    private HttpServer server;
    private final int port;
    private final List<Got> got = new CopyOnWriteArrayList<>();
    /** Answers a delivery; by default it is taken. */
    volatile BiConsumer<HttpServerRequest, Got> answer =
            (request, delivery) -> request.response().setStatusCode(204).end();

    /** A delivery, when it came, and whether it was answered with 204. */
    record Got(String path, MultiMap headers, String body, long nanos) {
        String id() {
            return String.valueOf(headers.get("webhook-id"));
        }

        String trace() {
            return String.valueOf(headers.get("traceparent"));
        }

        JsonObject data() {
            return new JsonObject(body).getJsonObject("data").getJsonObject("data");
        }

        int number() {
            return data().getInteger("n");
        }
    }

    Receiver() throws Exception {
        server = listen(0);
        port = server.actualPort();
    }

    private HttpServer listen(int at) throws Exception {
        return await(vertx.createHttpServer()
                .requestHandler(request -> request.bodyHandler(body -> {
                    Got delivery = new Got(
                            String.valueOf(request.path()), request.headers(), body.toString(), System.nanoTime());
                    got.add(delivery);
                    answer.accept(request, delivery);
                }))
                .listen(at, "127.0.0.1"));
    }

    Vertx vertx() {
        return vertx;
    }

    String url(String path) {
        return "http://127.0.0.1:" + port + path;
    }

    /** The file of a sink whose one endpoint it is. */
    String file() {
        return """
                sink: hooks
                as: { user: hooks, roles: [staff] }
                streams: [orders]
                start: earliest
                webhook:
                  key: "{data.k}"
                  endpoints:
                    - { name: erp, url: "%s", secrets: [NEW, OLD] }
                """
                .formatted(url("/erp?x=1"));
    }

    static WebhookSettings settings(Duration timeout, Duration disable, Networks networks) {
        return settings(timeout, 1_000, disable, networks);
    }

    static WebhookSettings settings(Duration timeout, int parked, Duration disable, Networks networks) {
        WebhookSettings others = SinksFixture.WEBHOOK;
        return new WebhookSettings(
                timeout, 8, parked, others.retryFirst(), others.retryMax(), Duration.ofMinutes(1), disable, networks);
    }

    void down() throws Exception {
        await(server.close());
    }

    void up() throws Exception {
        server = listen(port);
    }

    List<Got> all() {
        return got;
    }

    List<Integer> numbers(String key) {
        List<Integer> numbers = new ArrayList<>();
        for (Got each : got) {
            if (key.equals(each.data().getString("k"))) {
                numbers.add(each.number());
            }
        }
        return numbers;
    }

    /** How many of the deliveries npm's library accepts by each secret. */
    List<Integer> acceptedInNode(String... secrets) throws Exception {
        Path installed = Path.of("target/receiver");
        try {
            NpmPackages.install(Path.of("src/test/js/receiver"), installed);
        } catch (IOException notThere) {
            return Assumptions.abort("without npm no receiver's library is there: " + notThere.getMessage());
        }
        List<String> lines = new ArrayList<>();
        for (Got each : got) {
            JsonObject headers = new JsonObject();
            each.headers().forEach((name, value) -> headers.put(name, value));
            lines.add(new JsonObject()
                    .put("body", each.body())
                    .put("headers", headers)
                    .encode());
        }
        Files.write(installed.resolve("deliveries.ndjson"), lines);
        List<String> command = new ArrayList<>(List.of("node", "verify.js", "deliveries.ndjson"));
        command.addAll(List.of(secrets));
        Path said = installed.resolve("verified.log");
        Process node = new ProcessBuilder(command)
                .directory(installed.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        assertTrue(node.waitFor(30, TimeUnit.SECONDS));
        return new JsonArray(Files.readString(said))
                .stream().map(number -> ((Number) number).intValue()).toList();
    }

    @Override
    public void close() throws Exception {
        await(vertx.close());
    }
}

package io.millrace.launcher.replay;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A server that answers as {@code POST /api/events} does, or as a test says. */
final class StubServer implements AutoCloseable {
    static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    /** What a request is answered instead of the usual; null: the usual. */
    interface Script {
        @Nullable
        Answer answer(int request, List<JsonNode> events) throws InterruptedException;
    }

    /** @param retryAfter null: no such header */
    record Answer(int status, String body, @Nullable String retryAfter) {
        static Answer problem(int status, String code) {
            return new Answer(status, "{\"code\":\"" + code + "\",\"detail\":\"for a test\"}", null);
        }

        /** The connection is cut. */
        static Answer none() {
            return new Answer(0, "", null);
        }
    }

    private final HttpServer http;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Set<String> known = new HashSet<>();
    /** All events of requests that were answered in the usual way, again and again if they came again. */
    final List<JsonNode> taken = new ArrayList<>();

    final List<String> mediaTypes = new ArrayList<>();
    final List<String> authorizations = new ArrayList<>();
    final List<Integer> sizes = new ArrayList<>();
    /** An event for which this says a code fails with it. */
    volatile Function<JsonNode, @Nullable String> failing = event -> null;

    volatile Script script = (request, events) -> null;
    private final int port;
    private int requests;

    StubServer() throws IOException {
        this(0);
    }

    StubServer(int wanted) throws IOException {
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), wanted), 0);
        http.createContext("/api/events", this::handle);
        http.setExecutor(threads);
        http.start();
        this.port = http.getAddress().getPort();
    }

    int port() {
        return port;
    }

    String url() {
        return "http://127.0.0.1:" + port();
    }

    synchronized List<String> takenIds() {
        return taken.stream().map(event -> event.path("id").asText()).toList();
    }

    synchronized int requests() {
        return requests;
    }

    private void handle(HttpExchange exchange) throws IOException {
        String type = exchange.getRequestHeaders().getFirst("Content-Type");
        byte[] body = exchange.getRequestBody().readAllBytes();
        List<JsonNode> events = events(type, new String(body, StandardCharsets.UTF_8));
        int number;
        synchronized (this) {
            number = ++requests;
            mediaTypes.add(type);
            sizes.add(events.size());
            authorizations.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
        }
        Answer answer;
        try {
            answer = script.answer(number, events);
        } catch (InterruptedException closing) {
            answer = Answer.none();
        }
        if (answer == null) {
            answer = new Answer(207, take(events), null);
        }
        if (answer.status() == 0) {
            exchange.close();
            return;
        }
        if (answer.retryAfter() != null) {
            exchange.getResponseHeaders().set("Retry-After", answer.retryAfter());
        }
        byte[] content = answer.body().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(answer.status(), content.length == 0 ? -1 : content.length);
        exchange.getResponseBody().write(content);
        exchange.close();
    }

    private static List<JsonNode> events(String type, String body) {
        List<JsonNode> events = new ArrayList<>();
        try {
            if (type.equals("application/x-ndjson")) {
                for (String line : body.lines().toList()) {
                    events.add(JSON.readTree(line));
                }
            } else {
                JSON.readTree(body).forEach(events::add);
            }
        } catch (IOException bad) {
            throw new UncheckedIOException(bad);
        }
        return events;
    }

    /** The usual: committed, or a duplicate. */
    synchronized String take(List<JsonNode> events) {
        ArrayNode results = JSON.createArrayNode();
        for (JsonNode event : events) {
            String id = event.path("id").asText();
            ObjectNode result = results.addObject().put("id", id);
            String failure = failing.apply(event);
            if (failure != null) {
                result.put("status", "failed").put("code", failure).put("detail", "not this one");
            } else {
                taken.add(event);
                result.put("status", known.add(event.path("source").asText() + " " + id) ? "committed" : "duplicate");
            }
        }
        return results.toString();
    }

    @Override
    public void close() {
        threads.shutdownNow();
        http.stop(0);
    }
}

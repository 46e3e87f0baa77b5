package io.millrace.systemtests.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.millrace.backends.RunningBackends;
import io.millrace.systemtests.environment.PostgresAccess;
import io.millrace.systemtests.environment.RedisAccess;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Orders and payments go out, to a channel of Redis or as webhooks. All arrive, those of a stream in order; what comes
 * again was not noted when its node died.
 */
final class SinkLoad implements LeasedLoad {
    private static final String SECRET = "whsec_b2YgdGhlIHRlc3RzLCBhbmQgbG9uZyBlbm91Z2g=";
    private static final Pattern NUMBER = Pattern.compile("\"id\":\"(o|p)-load-\\w+-(\\d+)\"");
    private static final Pattern POSITION = Pattern.compile("\"position\":\"[^\":]+:(\\d+)\"");

    private final boolean webhook;
    private final String run;
    private final PostgresAccess stored;
    private final ApiClient api;
    private final AutoCloseable receiver;
    private final String url;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Got> got = new ArrayList<>();
    private final Map<Integer, Boolean> numbers = new ConcurrentHashMap<>();
    private final List<Noted> noted = new ArrayList<>();

    /** A message: of which stream, with which number, and where it is there. */
    private record Got(String stream, int number, long position) {}

    /** What was noted of each stream when a node died, and how many messages had come by then. */
    private record Noted(int messages, Map<String, Long> positions) {}

    /** @param webhook whether as webhooks, or else to Redis */
    SinkLoad(boolean webhook, RunningBackends servers, Pipeline pipeline) throws IOException {
        this.webhook = webhook;
        this.run = webhook ? "hook" : "channel";
        this.stored = new PostgresAccess(servers.postgresUri());
        this.api = pipeline.api("m-1", "manager");
        if (webhook) {
            HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
            server.setExecutor(threads);
            server.createContext("/", exchange -> {
                take(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
                exchange.sendResponseHeaders(204, -1);
                exchange.close();
            });
            server.start();
            receiver = () -> server.stop(0);
            url = "http://127.0.0.1:" + server.getAddress().getPort() + "/";
        } else {
            receiver = new RedisAccess(servers.redisUri()).listen("load.*", this::take);
            url = "";
        }
    }

    @Override
    public String stage() {
        return "sinks";
    }

    @Override
    public String name() {
        return webhook ? "load/only" : "load";
    }

    @Override
    public void configure(Path conf, String node) throws IOException {
        Files.writeString(
                conf.resolve("sinks/load.yaml"),
                """
                sink: load
                as: { user: load, roles: [manager] }
                streams: [orders, payments]
                start: latest
                """
                        + (webhook
                                ? "webhook: { endpoints: [{ name: only, url: \"" + url
                                        + "\", secrets: [LOAD_SECRET] }] }"
                                : "redis: { channel: \"load.{stream}\" }"));
    }

    @Override
    public Map<String, String> environment() {
        return Map.of("LOAD_SECRET", SECRET);
    }

    @Override
    public void send(int number) {
        JsonObject data = new JsonObject().put("orderId", "o-1");
        JsonObject event = number % 2 == 0
                ? ApiClient.event(
                        "o-load-" + run + "-" + number,
                        "order:created",
                        data.put("total", 1).put("status", "s"))
                : ApiClient.event(
                        "p-load-" + run + "-" + number,
                        "payment:received",
                        data.put("paymentId", "p").put("amount", 1));
        assertEquals(201, api.post(event).status());
    }

    private synchronized void take(String message) {
        Matcher number = NUMBER.matcher(message);
        Matcher position = POSITION.matcher(message);
        if (number.find() && position.find()) {
            got.add(new Got(
                    number.group(1).equals("o") ? "orders" : "payments",
                    Integer.parseInt(number.group(2)),
                    Long.parseLong(position.group(1))));
            numbers.put(Integer.parseInt(number.group(2)), true);
        }
    }

    @Override
    public int arrived() {
        return numbers.size();
    }

    @Override
    public void died() {
        Map<String, Long> positions = new HashMap<>();
        for (String row : stored.ask("select stream || ' ' || pos from sink_positions where sink = ?", name())) {
            positions.put(row.split(" ")[0], Long.parseLong(row.split(" ")[1]));
        }
        synchronized (this) {
            noted.add(new Noted(got.size(), positions));
        }
    }

    @Override
    public synchronized void check(int sent) {
        assertEquals(
                IntStream.rangeClosed(1, sent).boxed().toList(),
                numbers.keySet().stream().sorted().toList(),
                "lost");
        Map<String, Integer> last = new HashMap<>();
        TreeMap<Integer, Noted> deaths = new TreeMap<>();
        noted.forEach(death -> deaths.put(death.messages(), death));
        int repeats = 0;
        for (int i = 0; i < got.size(); i++) {
            Got message = got.get(i);
            int before = last.getOrDefault(message.stream(), 0);
            if (message.number() > before) {
                assertTrue(before == 0 || message.number() == before + 2, message + " after " + before);
                last.put(message.stream(), message.number());
            } else {
                repeats++;
                Map.Entry<Integer, Noted> death = deaths.floorEntry(i);
                assertTrue(
                        death != null
                                && message.position()
                                        > death.getValue().positions().getOrDefault(message.stream(), 0L),
                        message + " comes again, and was noted");
            }
        }
        System.out.printf("%s: %d messages came again%n", name(), repeats);
    }

    @Override
    public void close() throws Exception {
        receiver.close();
        threads.shutdownNow();
    }
}

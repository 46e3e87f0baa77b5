package io.millrace.broadcast;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.domain.Domains;
import io.millrace.platform.Bus;
import io.millrace.platform.Health;
import io.millrace.platform.HttpFront;
import io.millrace.platform.HttpSettings;
import io.millrace.platform.Node;
import io.millrace.platform.Tokens;
import io.millrace.platform.settings.Settings;
import io.millrace.testkit.Ports;
import io.millrace.testkit.SocketClient;
import io.millrace.testkit.TokenSigner;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The broadcast stage behind a real HTTP front with one event loop, over a stream in memory. */
final class Front implements AutoCloseable {
    static final Duration LINGER = Duration.ofMillis(200);
    private static final String SECRET = "a signing key of the tests' own, long enough";
    private static final Ports PORTS = new Ports();
    private static final TokenSigner SIGNER = new TokenSigner(SECRET);

    final Vertx vertx = Vertx.vertx();
    final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    final Bus bus = new Bus(vertx, Duration.ofSeconds(10));
    final StreamStore store = new StreamStore(bus);
    final URI uri;
    private final Health health = new Health();
    private final List<WebSocketClient> clients = new ArrayList<>();

    /** With these settings of {@code broadcast.*}, and of {@code http.*} by their whole names; name and value in turn. */
    Front(String... settings) throws Exception {
        Domains domains = Domains.parse(
                "pack.yaml",
                """
                domain: test
                namespaces:
                  orders: { stream: orders }
                  rooms:
                    stream: "room:{data.roomId}"
                    presence: { join: "room:joined", leave: "room:left", user: data.userId }
                types:
                  "order:created":
                    { namespace: orders, owner: data.customerId, entity: { kind: order, id: data.orderId, apply: put } }
                  "order:deleted":
                    { namespace: orders, owner: data.customerId, entity: { kind: order, id: data.orderId, apply: delete } }
                  "order:purged": { namespace: orders, entity: { kind: order, id: data.orderId, apply: delete } }
                  "room:joined": { namespace: rooms, durable: false }
                  "room:left": { namespace: rooms, durable: false }
                roles:
                  staff: { see: ["*"] }
                  customer: { see: ["order:* own"] }
                  public: { see: [] }
                """);
        int port = PORTS.free();
        uri = URI.create("http://127.0.0.1:" + port + "/api/ws");
        Map<String, String> given = new HashMap<>(
                Map.of("http.port", "" + port, "broadcast.attempts.max", "1000", "broadcast.polls.max", "100000"));
        for (int i = 0; i < settings.length; i += 2) {
            given.put((settings[i].startsWith("http.") ? "" : "broadcast.") + settings[i], settings[i + 1]);
        }
        Settings from = Settings.load(null, Map.of(), given);
        Tokens tokens = new Tokens(vertx, SECRET.getBytes(StandardCharsets.UTF_8), Clock.systemUTC());
        Node node = new Node(vertx, bus, domains, tokens, metrics, health, 1 << 20);
        BroadcastStage stage = new BroadcastStage(node, BroadcastSettings.from(from), LINGER);
        done(vertx.deployVerticle(stage.verticle()));
        done(vertx.deployVerticle(new HttpFront(HttpSettings.from(from), health, List.of(stage))));
    }

    /** Vert.x closes a client that nobody holds any more when it is collected, and its sockets with it; this one is held. */
    WebSocketClient client(WebSocketClientOptions options) {
        WebSocketClient client = vertx.createWebSocketClient(options);
        clients.add(client);
        return client;
    }

    /** Somebody of that role connects. */
    SocketClient connect(String user, String role) {
        return SocketClient.open(uri, token(user, role));
    }

    String token(String user, String role) {
        return SIGNER.token(user, role);
    }

    /** It takes nobody any more. */
    void drain() {
        health.drain();
    }

    double counter(String name) {
        return metrics.get(name).counter().count();
    }

    double gauge(String name) {
        return metrics.get(name).gauge().value();
    }

    static <T extends @Nullable Object> T done(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        vertx.close()
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }
}

package io.millrace.broadcast;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.revocation.Revocation;
import io.millrace.contracts.revocation.RevocationPage;
import io.millrace.domain.DomainModel;
import io.millrace.platform.auth.AuthSettings;
import io.millrace.platform.auth.Issuer;
import io.millrace.platform.auth.TokenVerifier;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.http.HttpSettings;
import io.millrace.platform.http.server.HttpServerVerticle;
import io.millrace.platform.node.Health;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.node.Stage;
import io.millrace.platform.settings.Settings;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.TokenSigner;
import io.millrace.testkit.client.Transport;
import io.millrace.testkit.process.Ports;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The broadcast stage behind a real HTTP front with one event loop, over a stream in memory. */
public final class BroadcastFixture implements AutoCloseable {
    static final Duration LINGER = Duration.ofMillis(200);
    private static final String SECRET = "a signing key of the tests' own, long enough";
    private static final Ports PORTS = new Ports();
    private static final TokenSigner SIGNER = new TokenSigner(SECRET);

    final Vertx vertx;
    public final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    public final Bus bus;
    public final StreamStore store;
    public final URI uri;
    /** Of the TCP bridge. */
    public final int tcpPort = PORTS.free();

    public final TokenVerifier tokens;
    public final NodeContext node;
    private final Health health = new Health();
    private final BroadcastStage stage;
    private final List<WebSocketClient> clients = new ArrayList<>();

    /** With these settings of {@code broadcast.*}, of {@code http.*} and {@code tcp.*} by their whole names; name and value in turn. */
    public BroadcastFixture(String... settings) throws Exception {
        this(null, List.of(), node -> List.of(), settings);
    }

    /** With issuers besides. */
    BroadcastFixture(List<Issuer> issuers, String... settings) throws Exception {
        this(null, issuers, node -> List.of(), settings);
    }

    /** With further stages on the same front. */
    public BroadcastFixture(Function<NodeContext, List<Stage>> further, String... settings) throws Exception {
        this(null, List.of(), further, settings);
    }

    /** Another node of the same cluster; closed with it. */
    public BroadcastFixture neighbour(String... settings) throws Exception {
        return new BroadcastFixture(this, List.of(), node -> List.of(), settings);
    }

    private BroadcastFixture(
            @Nullable BroadcastFixture neighbour,
            List<Issuer> issuers,
            Function<NodeContext, List<Stage>> further,
            String... settings)
            throws Exception {
        vertx = neighbour == null ? Vertx.vertx() : neighbour.vertx;
        bus = neighbour == null ? new Bus(vertx, Duration.ofSeconds(10)) : neighbour.bus;
        store = neighbour == null ? new StreamStore(bus) : neighbour.store;
        DomainModel domains = DomainModel.parse(
                "pack.yaml",
                """
                domain: test
                namespaces:
                  orders: { stream: orders }
                  rooms:
                    stream: "room:{data.roomId}"
                    presence: { join: "room:joined", leave: "room:left", user: data.userId }
                  games:
                    stream: "game:{data.gameId}"
                    access: { claim: games }
                    auto: true
                    presence: { join: "game:joined", leave: "game:left", user: data.userId }
                types:
                  "order:created":
                    { namespace: orders, owner: data.customerId, entity: { kind: order, id: data.orderId, apply: put } }
                  "order:deleted":
                    { namespace: orders, owner: data.customerId, entity: { kind: order, id: data.orderId, apply: delete } }
                  "order:purged": { namespace: orders, entity: { kind: order, id: data.orderId, apply: delete } }
                  "room:joined": { namespace: rooms, durable: false }
                  "room:left": { namespace: rooms, durable: false }
                  "game:joined": { namespace: games, durable: false }
                  "game:left": { namespace: games, durable: false }
                roles:
                  staff: { see: ["*"] }
                  customer: { see: ["order:* own"] }
                  player: { see: ["game:*"] }
                  operator: { see: [], manage: ["connections"] }
                  public: { see: [] }
                kpis:
                  sales: { sum: data.total, of: "order:created", every: 1s }
                  rooms: { count: "*", of: "order:deleted", every: 1s }
                """);
        int port = PORTS.free();
        uri = URI.create("http://127.0.0.1:" + port + "/api/ws");
        Map<String, String> given = new HashMap<>(
                Map.of("http.port", "" + port, "broadcast.connect.rate", "1000", "broadcast.poll.rate", "100000"));
        given.put("tcp.enabled", "true");
        given.put("tcp.port", "" + tcpPort);
        Transport.tcpAt(port, tcpPort);
        for (int i = 0; i < settings.length; i += 2) {
            boolean whole = settings[i].startsWith("http.") || settings[i].startsWith("tcp.");
            given.put((whole ? "" : "broadcast.") + settings[i], settings[i + 1]);
        }
        Settings from = Settings.load(null, Map.of(), given);
        tokens = new TokenVerifier(
                vertx,
                SECRET.getBytes(StandardCharsets.UTF_8),
                AuthSettings.DEFAULTS,
                issuers,
                Clock.systemUTC(),
                metrics);
        node = new NodeContext(vertx, bus, domains, tokens, metrics, health, 1 << 20);
        stage = new BroadcastStage(node, BroadcastSettings.from(from), LINGER);
        done(vertx.deployVerticle(stage.verticle()));
        List<Stage> stages = new ArrayList<>(List.of(stage));
        stages.addAll(further.apply(node));
        done(vertx.deployVerticle(new HttpServerVerticle(HttpSettings.from(from), health, stages, metrics)));
        Supplier<Deployable> bridge = stage.front();
        if (bridge != null) {
            done(vertx.deployVerticle(bridge, new DeploymentOptions()));
        }
    }

    /** Held, since Vert.x closes a client and its sockets when the client is garbage-collected. */
    WebSocketClient client(WebSocketClientOptions options) {
        WebSocketClient client = vertx.createWebSocketClient(options);
        clients.add(client);
        return client;
    }

    /** Connects a client with this role. */
    public SocketClient connect(String user, String role) {
        return SocketClient.open(uri, token(user, role));
    }

    public String token(String user, String role) {
        return SIGNER.token(user, role);
    }

    /**
     * A token with further claims.
     *
     * @param claims for example {@code jti}, {@code exp}
     */
    public String token(String user, JsonObject claims, String... roles) {
        return SIGNER.token(user, claims, roles);
    }

    /** From now on every token of these users is revoked, and no other. */
    public void revoke(String... users) {
        List<Revocation> revoked = new ArrayList<>();
        for (String user : users) {
            revoked.add(new Revocation(1, null, user, Revocation.ALWAYS, Revocation.NEVER, "op", 1));
        }
        tokens.revocations().replace(new RevocationPage(tokens.revocations().version() + 1, revoked));
    }

    /** The node refuses further connections, and sends its clients away; completes when they have gone. */
    public Future<Void> drain() {
        health.drain();
        return stage.moveClients();
    }

    double counter(String name) {
        return metrics.get(name).counter().count();
    }

    /** How many connections were closed with a code. */
    double closed(String code) {
        return tagged("millrace.broadcast.closed", "code", code);
    }

    /** How many messages of clients were refused for a reason. */
    double refused(String reason) {
        return tagged("millrace.broadcast.refused", "reason", reason);
    }

    /** How many connections, polls and tickets were refused for a reason. */
    public double refusedConnections(String reason) {
        return tagged("millrace.broadcast.refused.connections", "reason", reason);
    }

    private double tagged(String name, String tag, String value) {
        return metrics.get(name).tag(tag, value).counter().count();
    }

    public double gauge(String name) {
        return metrics.get(name).gauge().value();
    }

    /** The reply of an ingest stage that queued a client's event. */
    public static Outcomes queued(String id) {
        return new Outcomes(List.of(
                new Outcome(Outcome.Status.QUEUED, id, "orders", null, null, null, Event.ANY_VERSION, List.of())));
    }

    public static <T extends @Nullable Object> T done(Future<T> future) throws Exception {
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

package io.millrace.sinks;

import static io.millrace.postgres.lease.LeaseDatabase.await;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.backends.server.EmbeddedRedis;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.cluster.TaskStatus;
import io.millrace.contracts.event.CommittedBatch;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.sink.SinkCommand;
import io.millrace.contracts.sink.SinkCommandResult;
import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.kafka.KafkaSettings;
import io.millrace.platform.auth.TokenVerifier;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.http.Networks;
import io.millrace.platform.node.Health;
import io.millrace.platform.node.NodeContext;
import io.millrace.postgres.PostgresSettings;
import io.millrace.postgres.lease.LeaseDatabase;
import io.millrace.redis.RedisSettings;
import io.millrace.sinks.message.FollowSettings;
import io.millrace.sinks.webhook.WebhookSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A real PostgreSQL with Millrace's tables, a real Redis, and nodes that run sinks; commits are the test's own. */
public final class SinksFixture implements AutoCloseable {
    public static final String PACK =
            """
            domain: test
            namespaces:
              orders: { stream: orders }
              news: { stream: news }
              rooms: { stream: "room:{data.roomId}" }
              system: { stream: system }
            types:
              "system:alert": { namespace: system, priority: critical }
              "order:created": { namespace: orders, owner: data.customer }
              "news:said": { namespace: news }
              "room:said": { namespace: rooms }
            roles:
              staff: { see: ["*"] }
              customer: { see: ["order:* own"] }
              nobody: { see: ["room:*"] }
            """;

    private final Path directory = Files.createTempDirectory("millrace-sinks");
    public final LeaseDatabase database = new LeaseDatabase(".*");
    public final EmbeddedRedis redis = EmbeddedRedis.start(directory.resolve("redis"), 0);
    private final Vertx vertx = Vertx.vertx();
    private final PgConnection writer = await(PgConnection.connect(
            vertx, PgConnectOptions.fromUri(database.postgres().uri())));
    /** The titles of the alerts, each as often as it was told with an id of its own. */
    public final List<String> alerts = new CopyOnWriteArrayList<>();

    private final Set<String> alertIds = ConcurrentHashMap.newKeySet();
    private final List<Node> nodes = new CopyOnWriteArrayList<>();
    /** What nodes take for their Redis; null for the real one. */
    public @Nullable String redisUri;

    /** What nodes take for their Kafka. */
    public String kafka = "127.0.0.1:1";

    /** Short waits, and requests to this machine. */
    public static final WebhookSettings WEBHOOK = new WebhookSettings(
            Duration.ofSeconds(5),
            8,
            1_000,
            Duration.ofMillis(50),
            Duration.ofMillis(200),
            Duration.ofSeconds(2),
            Duration.ofMinutes(10),
            new Networks(List.of("127.0.0.0/8")));

    public static final String TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    private JsonObject metadata = new JsonObject();

    public WebhookSettings webhook = WEBHOOK;
    public FollowSettings follow = new FollowSettings(100, 4, 1_000, Duration.ofMinutes(1));

    public SinksFixture() throws Exception {}

    /** A node that runs sinks. */
    public final class Node {
        public final Vertx vertx = Vertx.vertx();
        public final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
        public final Bus bus = new Bus(vertx, Duration.ofSeconds(5));
        private final SinksVerticle verticle;
        private final String deployed;

        Node(SinksSettings sinks) throws Exception {
            TestHistory.serve(vertx, bus, database.postgres().uri());
            await(bus.serve(Addresses.ROUTE, SinksFixture.this::route));
            NodeContext context = new NodeContext(
                    vertx,
                    bus,
                    DomainModel.parse("pack.yaml", PACK),
                    new TokenVerifier(vertx, new byte[32], Clock.systemUTC()),
                    metrics,
                    new Health(),
                    1 << 20);
            SinksSettings.Needs needs = new SinksSettings.Needs(
                    LeaseDatabase.SHORT,
                    follow,
                    webhook,
                    new PostgresSettings(database.postgres().uri(), null),
                    RedisSettings.at(redisUri == null ? redis.uri() : redisUri),
                    KafkaSettings.at(kafka));
            verticle = new SinksVerticle(context, new SinksSettings(sinks.all(), needs));
            deployed = await(vertx.deployVerticle(verticle));
        }

        public TaskStatus status(String sink) {
            return verticle.status().stream()
                    .filter(each -> each.name().equals(sink))
                    .findFirst()
                    .orElseThrow();
        }

        public boolean isRunning(String sink) {
            return status(sink).state() == TaskStatus.State.RUNNING;
        }

        /** What an operator does. */
        public SinkCommandResult order(SinkCommand command) throws Exception {
            return await(bus.request(Addresses.SINK_COMMANDS, command));
        }

        public double events(String outcome) {
            return metrics.find("millrace.sink.events").tag("outcome", outcome).counters().stream()
                    .mapToDouble(Counter::count)
                    .sum();
        }

        public double gauge(String name) {
            return metrics.get(name).gauge().value();
        }

        /** As a node stops. */
        public void stop() throws Exception {
            await(vertx.undeploy(deployed));
        }

        /** As by kill -9: nothing is given back. */
        public void die() throws Exception {
            nodes.remove(this);
            await(vertx.close());
        }
    }

    private Future<Outcomes> route(EventBatch batch) {
        return Future.succeededFuture(new Outcomes(batch.events().stream()
                .map(event -> {
                    boolean anew = alertIds.add(event.id());
                    if (anew) {
                        alerts.add(new JsonObject(text(event.data())).getString("title"));
                    }
                    return Outcome.of(anew ? Outcome.Status.COMMITTED : Outcome.Status.DUPLICATE, event);
                })
                .toList()));
    }

    /** Returns at once. */
    public Node node(String... files) throws Exception {
        return node(Map.of(), files);
    }

    public Node node(Map<String, String> environment, String... files) throws Exception {
        Path folder = Files.createTempDirectory(directory, "sinks");
        Files.writeString(
                folder.resolve("quick.properties"), "request.timeout.ms = 1000\ndelivery.timeout.ms = 2000\n");
        for (int i = 0; i < files.length; i++) {
            Files.writeString(folder.resolve(i + ".yaml"), files[i]);
        }
        List<ConfigurationError> problems = new ArrayList<>();
        SinksSettings read = SinksSettings.read(folder, environment, DomainModel.parse("pack.yaml", PACK), problems);
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(problems.toString());
        }
        Node node = new Node(read);
        nodes.add(node);
        return node;
    }

    /** Events belong to a trace from now on. */
    public void traced() {
        metadata = new JsonObject().put("traceparent", TRACE);
    }

    /** A stream's events of one commit, and the bus tells of it. */
    public void commit(String stream, JsonObject... data) throws Exception {
        long head = write(writer, stream, List.of(data));
        List<CommittedEvent> events = IntStream.rangeClosed(1, data.length)
                .mapToObj(i -> new CommittedEvent(
                        Event.builder("-", "-", "-").stream(stream).build(),
                        new Position("e1", head - data.length + i),
                        0,
                        null))
                .toList();
        for (Node node : nodes) {
            node.bus.publish(Addresses.shard(Addresses.shardOf(stream)), new CommittedBatch(events));
        }
    }

    public void commit(String stream, int from, int count) throws Exception {
        commit(stream, from, count, i -> new JsonObject());
    }

    /** Events with the numbers {@code from} and on, as {@code n}. */
    public void commit(String stream, int from, int count, IntFunction<JsonObject> data) throws Exception {
        commit(
                stream,
                IntStream.range(from, from + count)
                        .mapToObj(i -> data.apply(i).put("n", i))
                        .toArray(JsonObject[]::new));
    }

    /** The same in a session of the test's own, of which the bus tells nothing. */
    public long write(PgConnection session, String stream, List<JsonObject> data) throws Exception {
        String type = Map.of("orders", "order:created", "news", "news:said").getOrDefault(stream, "room:said");
        JsonObject[] all = data.toArray(JsonObject[]::new);
        await(session.preparedQuery("insert into streams (name, epoch) values ($1, 'e1') on conflict do nothing")
                .execute(Tuple.of(stream)));
        return await(session.preparedQuery(
                        """
                        with s as (update streams set head = head + $2, changed_at = clock_timestamp() where name = $1
                          returning id, head),
                        written as (insert into events (stream, pos, id, source, type, time, priority, data, metadata,
                          owner, publisher)
                        select s.id, s.head - $2 + d.n, $1 || '-' || (s.head - $2 + d.n), 'test', $3, clock_timestamp(), 1,
                          d.data::json, $5::json, d.data::json ->> 'customer', 'p'
                        from s, unnest($4::text[]) with ordinality d (data, n))
                        select head from s""")
                .execute(Tuple.of(stream, (long) all.length, type)
                        .addArrayOfString(Stream.of(all).map(JsonObject::encode).toArray(String[]::new))
                        .addValue(metadata))
                .map(rows -> rows.iterator().next().getLong(0)));
    }

    /** Connections that end with the fixture. */
    public Pool pool() {
        return PgBuilder.pool()
                .connectingTo(database.postgres().uri())
                .using(vertx)
                .build();
    }

    public PgConnection session() throws Exception {
        return await(PgConnection.connect(
                vertx, PgConnectOptions.fromUri(database.postgres().uri())));
    }

    public @Nullable String query(String sql) throws Exception {
        return await(writer.query(sql)
                .execute()
                .map(rows -> rows.size() == 0
                        ? null
                        : Objects.toString(rows.iterator().next().getValue(0))));
    }

    /** Ends all nodes, and empties everything. */
    public void forget() throws Exception {
        for (Node node : nodes) {
            await(node.vertx.close());
        }
        nodes.clear();
        alerts.clear();
        redisUri = null;
        metadata = new JsonObject();
        webhook = WEBHOOK;
        follow = new FollowSettings(100, 4, 1_000, Duration.ofMinutes(1));
        database.execute(
                "truncate sink_leases, sink_nodes, sink_positions, sink_parked, sink_acts, streams, events restart identity");
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws Exception {
        await(vertx.close());
        redis.close();
        database.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}

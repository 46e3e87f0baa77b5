package io.millrace.sources.kafka;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.cluster.TaskStatus;
import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.platform.auth.TokenVerifier;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.node.Health;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.node.Stage;
import io.millrace.platform.settings.Settings;
import io.millrace.sources.SourcesSettings;
import io.millrace.sources.SourcesStage;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** A node that runs the stage alone, before an ingest stage that all nodes of a test share. */
final class SourceNode implements AutoCloseable {
    static final String PACK =
            """
            domain: things
            namespaces:
              things: { stream: things }
            types:
              "thing:made": { namespace: things }
              "thing:moved": { namespace: things }
            roles:
              machine: { publish: ["thing:*"], sources: ["*"] }
            """;

    /** Rules that give an event the place of its record. */
    static final String BY_PLACE =
            """
            events:
              - type: thing:made
                when: { kind: made }
                id: "{#topic}/{#partition}/{#offset}"
                timestamp: "{#timestamp}"
                data: { n: { column: n, as: integer }, key: { column: "#key", optional: true } }
              - type: thing:moved
                when: { kind: moved }
                id: "{#topic}/{#partition}/{#offset}"
                data: { n: { column: n, as: integer }, key: { column: "#key", optional: true } }
            """;

    static final int MAX_BODY = 2 << 20;

    final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final Vertx vertx = Vertx.vertx();
    private final Stage stage;

    /**
     * Starts one; returns when it runs.
     *
     * @param folder with the files of sources
     */
    SourceNode(String kafka, Path folder, Ingested ingested) throws Exception {
        DomainModel domains = DomainModel.parse("pack.yaml", PACK);
        List<ConfigurationError> problems = new ArrayList<>();
        SourcesSettings sources = SourcesSettings.read(folder, Map.of(), domains, problems);
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(problems.toString());
        }
        Bus bus = new Bus(vertx, Duration.ofSeconds(5));
        done(bus.serve(Addresses.PUBLISH, ingested::publish));
        done(bus.serve(Addresses.DEAD_LETTER_REPORTS, ingested::keep));
        NodeContext node = new NodeContext(
                vertx,
                bus,
                domains,
                new TokenVerifier(vertx, new byte[32], Clock.systemUTC()),
                metrics,
                new Health(),
                MAX_BODY);
        Settings settings = Settings.load(null, Map.of(), Map.of("kafka.bootstrap", kafka));
        stage = SourcesStage.kind(sources).prepare(settings).apply(node);
        done(vertx.deployVerticle(Objects.requireNonNull(stage.verticle())));
    }

    /** Writes the file of a source. */
    static void file(Path folder, String name, String kafka, String rest) throws IOException {
        Files.writeString(
                folder.resolve(name + ".yaml"),
                "source: " + name + "\nas: { user: machine, roles: [machine] }\nkafka: { " + kafka + " }\n" + rest);
    }

    double counted(String meter, String tag, String value) {
        return metrics.find(meter).tag(tag, value).counters().stream()
                .mapToDouble(counter -> counter.count())
                .sum();
    }

    /** How the only source is, as an operator sees it. */
    TaskStatus status() {
        return stage.sources().get(0);
    }

    double gauge(String meter) {
        return metrics.get(meter).gauge().value();
    }

    /** Stops it as a node stops: what is under way is finished. */
    @Override
    public void close() throws Exception {
        done(vertx.close());
    }

    private static <T> T done(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }
}

package io.millrace.queue.deadletter;

import static io.millrace.queue.DatabaseFixture.done;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.deadletter.DeadLetterAct;
import io.millrace.contracts.deadletter.DeadLetterActQuery;
import io.millrace.contracts.deadletter.DeadLetterCommand;
import io.millrace.contracts.deadletter.DeadLetterCommandResult;
import io.millrace.contracts.deadletter.DeadLetterFilter;
import io.millrace.contracts.deadletter.DeadLetterPage;
import io.millrace.contracts.deadletter.DeadLetterQuery;
import io.millrace.contracts.event.Outcomes;
import io.millrace.domain.DomainModel;
import io.millrace.kafka.KafkaSettings;
import io.millrace.platform.auth.TokenVerifier;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.node.Health;
import io.millrace.platform.node.NodeContext;
import io.millrace.postgres.PostgresSettings;
import io.millrace.queue.DatabaseFixture;
import io.millrace.queue.KafkaFixture;
import io.millrace.queue.QueueSettings;
import io.millrace.queue.QueueVerticle;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.util.List;

/** A node with the queue stage alone, and what operators ask of it. */
final class QueueNode implements AutoCloseable {
    final Bus bus;
    private final Vertx vertx = Vertx.vertx();

    QueueNode() {
        bus = new Bus(vertx, Duration.ofSeconds(20));
    }

    QueueNode start(KafkaFixture kafka, DatabaseFixture postgres) throws Exception {
        DomainModel domains = DomainModel.parse(
                "pack.yaml",
                """
                domain: test
                namespaces: { notes: { stream: notes }, system: { stream: system } }
                types:
                  "note:written":
                    namespace: notes
                    entity: { kind: note, id: data.note, apply: put }
                  "system:alert": { namespace: system, priority: critical }
                roles: { admin: { see: ["*"], manage: [dead-letters] } }
                """);
        done(bus.serve(Addresses.ROUTE, batch -> Future.succeededFuture(new Outcomes(List.of()))));
        TokenVerifier tokens = new TokenVerifier(vertx, new byte[32], Clock.systemUTC());
        NodeContext node =
                new NodeContext(vertx, bus, domains, tokens, new SimpleMeterRegistry(), new Health(), 1 << 20);
        QueueSettings settings = new QueueSettings(
                KafkaSettings.at(kafka.uri()),
                new PostgresSettings(postgres.uri(), null),
                1,
                1,
                100,
                Duration.ofMinutes(5),
                Duration.ofMillis(200),
                2,
                Duration.ofMillis(20),
                1_000);
        done(vertx.deployVerticle(new QueueVerticle(node, settings)));
        return this;
    }

    DeadLetterCommandResult decide(DeadLetterCommand.Kind kind, DeadLetterFilter filter, int pace) throws Exception {
        return done(bus.request(
                Addresses.DEAD_LETTER_COMMANDS, new DeadLetterCommand(kind, filter, "op", false, null, pace)));
    }

    /** The newest first. */
    List<DeadLetterAct> acts() throws Exception {
        return done(bus.request(Addresses.DEAD_LETTER_ACTS, new DeadLetterActQuery(Long.MAX_VALUE, 20)))
                .acts();
    }

    DeadLetterPage groups(DeadLetterFilter filter) throws Exception {
        return done(bus.request(Addresses.DEAD_LETTERS, new DeadLetterQuery(filter, Long.MAX_VALUE, 100, false, true)));
    }

    @Override
    public void close() throws Exception {
        done(vertx.close());
    }
}

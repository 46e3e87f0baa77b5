package io.millrace.queue.deadletter;

import static io.millrace.queue.DatabaseFixture.done;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.deadletter.DeadLetter;
import io.millrace.contracts.deadletter.DeadLetterCommand;
import io.millrace.contracts.deadletter.DeadLetterCommandResult;
import io.millrace.contracts.deadletter.DeadLetterFilter;
import io.millrace.contracts.deadletter.DeadLetterQuery;
import io.millrace.contracts.deadletter.DeadLetterReport;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
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
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Messages of outside systems of which no event could be made, and what people do about them. */
@Tag("slow")
@Timeout(60)
class SourceDeadLettersTest {
    private static final byte[] MESSAGE = "{\"action\":\"odd\0\"}".getBytes(StandardCharsets.UTF_8);

    @RegisterExtension
    static final KafkaFixture KAFKA = new KafkaFixture();

    @RegisterExtension
    static final DatabaseFixture POSTGRES = new DatabaseFixture();

    private final Vertx vertx = Vertx.vertx();
    private final Bus bus = new Bus(vertx, Duration.ofSeconds(20));
    private final List<Event> alerts = new CopyOnWriteArrayList<>();
    private final List<DeadLetterReport> again = new CopyOnWriteArrayList<>();

    private volatile boolean mapped;

    SourceDeadLettersTest() throws Exception {}

    @BeforeEach
    void begin() throws Exception {
        DomainModel domains = DomainModel.parse(
                "pack.yaml",
                """
                domain: test
                namespaces: { system: { stream: system } }
                types: { "system:alert": { namespace: system, priority: critical } }
                roles: { admin: { see: ["*"], manage: [dead-letters] } }
                """);
        done(bus.serve(Addresses.ROUTE, batch -> {
            alerts.addAll(batch.events());
            return Future.succeededFuture(new Outcomes(batch.events().stream()
                    .map(event -> Outcome.of(Outcome.Status.QUEUED, event))
                    .toList()));
        }));
        done(bus.serve(Addresses.SOURCE_MESSAGES, letter -> {
            again.add(letter);
            return mapped
                    ? Future.succeededFuture(new Outcomes(List.of()))
                    : Future.failedFuture(new MillraceException(Failure.UNKNOWN_TYPE, "still no rule for it"));
        }));
        TokenVerifier tokens = new TokenVerifier(vertx, new byte[32], Clock.systemUTC());
        NodeContext node =
                new NodeContext(vertx, bus, domains, tokens, new SimpleMeterRegistry(), new Health(), 1 << 20);
        QueueSettings settings = new QueueSettings(
                KafkaSettings.at(KAFKA.uri()),
                new PostgresSettings(POSTGRES.uri(), null),
                1,
                1,
                100,
                Duration.ofMinutes(5),
                Duration.ofMillis(200),
                2,
                Duration.ofMillis(20),
                10);
        done(vertx.deployVerticle(new QueueVerticle(node, settings)));
    }

    @AfterEach
    void end() throws Exception {
        done(vertx.close());
    }

    private static DeadLetterReport report(String source, long offset) {
        return new DeadLetterReport(
                source,
                "orders",
                3,
                offset,
                1_700_000_000_000L,
                Failure.UNKNOWN_TYPE,
                "no rule of the source " + source + " makes an event of this",
                new TreeMap<>(Map.of("#key", "k\0", "#topic", "orders")),
                "k".getBytes(StandardCharsets.UTF_8),
                MESSAGE);
    }

    private List<DeadLetter> letters(String source) throws Exception {
        DeadLetterFilter filter = new DeadLetterFilter(
                List.of(), null, null, "unknown_type", null, DeadLetterFilter.EVER, DeadLetterFilter.NEVER, null);
        return done(bus.request(Addresses.DEAD_LETTERS, new DeadLetterQuery(filter, Long.MAX_VALUE, 100, false, false)))
                .letters()
                .stream()
                .filter(letter -> source.equals(letter.source()))
                .toList();
    }

    private DeadLetter whole(long id) throws Exception {
        DeadLetterQuery query =
                new DeadLetterQuery(DeadLetterFilter.ofIds(List.of(id)), Long.MAX_VALUE, 1, true, false);
        return done(bus.request(Addresses.DEAD_LETTERS, query)).letters().get(0);
    }

    private DeadLetterCommandResult redrive(long... ids) throws Exception {
        DeadLetterFilter filter =
                DeadLetterFilter.ofIds(java.util.Arrays.stream(ids).boxed().toList());
        return done(bus.request(
                Addresses.DEAD_LETTER_COMMANDS,
                new DeadLetterCommand(DeadLetterCommand.Kind.REDRIVE, filter, "op", false, null, 0)));
    }

    @Test
    void aMessageThatIsReportedTwiceIsOneLetterWithItsOriginAndOneAlert() throws Exception {
        for (int i = 0; i < 2; i++) {
            done(bus.request(Addresses.DEAD_LETTER_REPORTS, report("once", 7)));
        }
        done(bus.request(Addresses.DEAD_LETTER_REPORTS, report("once", 8)));
        List<DeadLetter> letters = letters("once");
        assertEquals(
                List.of("orders-3@8", "orders-3@7"),
                letters.stream().map(DeadLetter::origin).toList());
        DeadLetter letter = whole(letters.get(1).id());
        assertEquals("sources", letter.stage());
        assertEquals("no rule of the source once makes an event of this", letter.message());
        DeadLetter.Content content = Objects.requireNonNull(letter.content());
        assertArrayEquals(MESSAGE, content.record());
        assertEquals(
                "[{\"name\":\"#key\",\"text\":\"k\\u0000\"},{\"name\":\"#topic\",\"text\":\"orders\"}]",
                new String(content.headers(), StandardCharsets.UTF_8));
        awaitAlert(letters);
        List<Event> told = alerts.stream()
                .filter(alert -> alert.id().equals("dead-letter-" + letter.id()))
                .toList();
        assertEquals(1, told.size());
        String alert = new String(told.get(0).data(), StandardCharsets.UTF_8);
        assertTrue(alert.contains("no event could be made of a message of the source once\""), alert);
    }

    /**
     * Waits for the alert of the first of them, which come newest first: until then its row is being changed, and a command
     * passes it over. The others are told ten seconds later.
     */
    private void awaitAlert(List<DeadLetter> letters) {
        long first = letters.get(letters.size() - 1).id();
        await().until(() -> POSTGRES.texts("select alerted::text from dead_letters where id = " + first)
                .equals(List.of("true")));
    }

    @Test
    void twoSourcesOfOneTopicHaveALetterEachAndADecidedOneStandsAgainWhenItComesAgain() throws Exception {
        done(bus.request(Addresses.DEAD_LETTER_REPORTS, report("one", 30)));
        done(bus.request(Addresses.DEAD_LETTER_REPORTS, report("other", 30)));
        List<DeadLetter> mine = letters("one");
        assertEquals(1, mine.size());
        assertEquals(1, letters("other").size());
        awaitAlert(mine);
        DeadLetterFilter filter = DeadLetterFilter.ofIds(List.of(mine.get(0).id()));
        done(bus.request(
                Addresses.DEAD_LETTER_COMMANDS,
                new DeadLetterCommand(DeadLetterCommand.Kind.DISCARD, filter, "op", false, null, 0)));
        assertEquals(DeadLetter.State.DISCARDED, whole(mine.get(0).id()).state());

        done(bus.request(Addresses.DEAD_LETTER_REPORTS, report("one", 30)));
        assertEquals(DeadLetter.State.DEAD, whole(mine.get(0).id()).state());
    }

    @Test
    void severalAreTakenAgainInTheirOrder() throws Exception {
        mapped = true;
        for (long offset : new long[] {41, 42, 43}) {
            done(bus.request(Addresses.DEAD_LETTER_REPORTS, report("several", offset)));
        }
        List<DeadLetter> letters = letters("several");
        awaitAlert(letters);
        assertEquals(
                3, redrive(letters.stream().mapToLong(DeadLetter::id).toArray()).done());
        assertEquals(
                List.of(41L, 42L, 43L),
                again.stream().map(DeadLetterReport::offset).toList());
    }

    @Test
    void redrivenItIsTakenAgainByItsSourceAndStandsUntilThatSucceeds() throws Exception {
        done(bus.request(Addresses.DEAD_LETTER_REPORTS, report("again", 21)));
        long id = letters("again").get(0).id();
        awaitAlert(letters("again"));
        ExecutionException refused = assertThrows(ExecutionException.class, () -> redrive(id));
        assertEquals(
                "still no rule for it",
                MillraceException.of(Objects.requireNonNull(refused.getCause())).getMessage());
        assertEquals(DeadLetter.State.DEAD, whole(id).state());

        mapped = true;
        assertEquals(1, redrive(id).done());
        assertEquals(DeadLetter.State.REDRIVEN, whole(id).state());
        DeadLetterReport taken = again.get(1);
        assertEquals("again", taken.source());
        assertEquals("k\0", taken.attributes().get("#key"));
        assertArrayEquals(MESSAGE, taken.record());
        assertEquals(21, taken.offset());
    }
}

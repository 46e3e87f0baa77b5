package io.millrace.queue.deadletter;

import static io.millrace.queue.DatabaseFixture.done;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.deadletter.DeadLetter;
import io.millrace.contracts.deadletter.DeadLetterCommand;
import io.millrace.contracts.deadletter.DeadLetterCommand.Kind;
import io.millrace.contracts.deadletter.DeadLetterCommandResult;
import io.millrace.contracts.deadletter.DeadLetterFilter;
import io.millrace.contracts.deadletter.DeadLetterPage;
import io.millrace.contracts.deadletter.DeadLetterQuery;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.wire.Codecs;
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
import io.millrace.queue.StubCommit;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.function.Executable;

/** Dead letters over a real Kafka and a real PostgreSQL, and what people do about them. */
@Tag("slow")
@Timeout(60)
class DeadLettersTest {
    @RegisterExtension
    static final KafkaFixture KAFKA = new KafkaFixture();

    @RegisterExtension
    static final DatabaseFixture POSTGRES = new DatabaseFixture();

    private final Vertx vertx = Vertx.vertx();
    private final Bus bus = new Bus(vertx, Duration.ofSeconds(20));
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final StubCommit commit = new StubCommit(bus);
    private final List<Event> alerts = new CopyOnWriteArrayList<>();
    private final String id = UUID.randomUUID().toString();

    private volatile boolean router = true;

    DeadLettersTest() throws Exception {}

    @BeforeEach
    void begin() throws Exception {
        DomainModel domains = DomainModel.parse(
                "pack.yaml",
                """
                domain: test
                namespaces: { notes: { stream: notes }, system: { stream: system } }
                types:
                  "note:written":
                    namespace: notes
                    entity: { kind: note, id: data.note, apply: put }
                    schema: { type: object, required: [note] }
                    max: 1KiB
                  "system:alert": { namespace: system, priority: critical }
                roles: { admin: { see: ["*"], manage: [dead-letters] } }
                """);
        done(bus.serve(Addresses.ROUTE, batch -> {
            if (!router) {
                return Future.failedFuture("away");
            }
            alerts.addAll(batch.events());
            return Future.succeededFuture(new Outcomes(batch.events().stream()
                    .map(event -> Outcome.of(Outcome.Status.QUEUED, event))
                    .toList()));
        }));
        TokenVerifier tokens = new TokenVerifier(vertx, new byte[32], Clock.systemUTC());
        NodeContext node = new NodeContext(vertx, bus, domains, tokens, metrics, new Health(), 1 << 20);
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
                2);
        done(vertx.deployVerticle(new QueueVerticle(node, settings)));
    }

    @AfterEach
    void end() throws Exception {
        done(vertx.close());
    }

    @Test
    void aDeadLetterIsARowWithEverythingAboutIt() throws Exception {
        DeadLetter letter = die(id);

        assertEquals("note:written", letter.type());
        assertEquals("tests", letter.source());
        assertEquals("notes", letter.stream());
        assertEquals("version_conflict", letter.code());
        assertEquals("expected version 3", letter.message());
        assertEquals("queue", letter.stage());
        assertEquals(2, letter.attempts());
        assertTrue(letter.origin().startsWith("millrace.events-0@"), letter.origin());
        assertTrue(letter.firstFailedMicros() < letter.diedMicros());
        assertEquals(DeadLetter.State.DEAD, letter.state());
        DeadLetter.Content content = Objects.requireNonNull(letter.content());
        assertEquals("[{\"name\":\"traceparent\",\"text\":\"from afar\"}]", text(content.headers()));
        String event = text(content.event());
        assertTrue(event.startsWith("{\"id\":\"" + id + "\",\"type\":\"note:written\",\"source\":\"tests\""), event);
        assertEquals(
                1,
                metrics.get("millrace.queue.dead.letters")
                        .tag("code", "version_conflict")
                        .counter()
                        .count());
    }

    @Test
    void whatCantBeReadIsKeptWhole() throws Exception {
        byte[] garbage = ("no event " + id).getBytes(StandardCharsets.UTF_8);
        KAFKA.send(garbage);
        DeadLetterFilter filter = new DeadLetterFilter(
                List.of(), null, "notes", "bad_message", null, DeadLetterFilter.EVER, DeadLetterFilter.NEVER, null);
        await().until(() -> !page(filter, true).letters().isEmpty());

        DeadLetter letter = page(filter, true).letters().get(0);

        DeadLetter.Content content = Objects.requireNonNull(letter.content());
        assertNull(letter.type());
        assertNull(content.event());
        assertArrayEquals(garbage, content.record());
    }

    @Test
    void whileTheDatabaseIsAwayTheyWaitInKafka() throws Exception {
        POSTGRES.stop();
        commit.refuses(id);
        KAFKA.send("notes", id);
        await().until(() -> commit.refused(id) == 2);
        double before = metrics.get("millrace.queue.retries").counter().count();
        await().until(() -> metrics.get("millrace.queue.retries").counter().count() > before + 2);
        POSTGRES.restart();
        assertEquals(id, found(id).eventId());
    }

    @Test
    void failuresThatDifferOnlyInIdsAreCountedTogether() throws Exception {
        assertEquals(
                DeadLetterRow.fingerprint("c", "the order o-17 is at version 3, not 1", "t"),
                DeadLetterRow.fingerprint("c", "the order o-4 is at version 12, not 11", "t"));
        assertNotEquals(
                DeadLetterRow.fingerprint("c", "the order o-17 is at version 3, not 1", "t"),
                DeadLetterRow.fingerprint("c", "the order o-17 is at version 3, not 1", "u"));
        DeadLetter one = die(id);
        DeadLetter other = die(id + "-b");
        assertEquals(one.fingerprint(), other.fingerprint());
        DeadLetterQuery query = new DeadLetterQuery(
                DeadLetterFilter.ofIds(List.of(one.id(), other.id())), Long.MAX_VALUE, 10, false, true);
        DeadLetterPage page = done(bus.request(Addresses.DEAD_LETTERS, query));
        assertEquals(
                List.of(other.id(), one.id()),
                page.letters().stream().map(DeadLetter::id).toList());
        String group = "[Group[fingerprint=%s, code=version_conflict, type=note:written, message=expected version 3,"
                + " letters=2, newest=%d, firstMicros=%d, lastMicros=%d, periods=";
        String expected = group.formatted(one.fingerprint(), other.id(), one.diedMicros(), other.diedMicros());
        assertTrue(page.groups().toString().startsWith(expected), () -> expected + page.groups());
    }

    @Test
    void aStoredLetterRaisesAnAlertAndADeadAlertRaisesNone() throws Exception {
        await().until(() ->
                POSTGRES.texts("select id from dead_letters where not alerted").isEmpty());
        router = false;
        DeadLetter letter = die(id);
        router = true;
        String alert = "dead-letter-" + letter.id();
        await().atMost(Duration.ofSeconds(20)).until(() -> alerts.stream().anyMatch(e -> e.id().equals(alert)));
        Event told =
                alerts.stream().filter(e -> e.id().equals(alert)).findFirst().orElseThrow();
        assertEquals("system:alert in system", told.type() + " in " + told.stream());
        assertTrue(text(told.data()).contains("expected version 3"), text(told.data()));

        commit.refuses(alert);
        KAFKA.send(Codecs.EVENT.encode(told));
        DeadLetter dead = found(alert);
        assertEquals(List.of("true"), POSTGRES.texts("select alerted from dead_letters where id = " + dead.id()));
    }

    @Test
    void aDryRunCountsAndTouchesNothing() throws Exception {
        DeadLetter letter = die(id);
        int acts = acts();

        DeadLetterCommandResult count = act(Kind.DISCARD, true, null, letter.id());

        assertEquals(new DeadLetterCommandResult(1, 0), count);
        assertEquals(DeadLetter.State.DEAD, found(id).state());
        assertEquals(acts, acts());
    }

    @Test
    void aRedrivenEventGoesTheWholeWayAgainFromItsFirstAttempt() throws Exception {
        DeadLetter letter = die(id);
        commit.refusesTimes(id, 0);

        assertEquals(new DeadLetterCommandResult(1, 1), act(Kind.REDRIVE, false, null, letter.id()));

        await().until(() -> commit.committed().contains(id));
        assertEquals(DeadLetter.State.REDRIVEN, found(id).state());
        assertEquals(new DeadLetterCommandResult(0, 0), act(Kind.REDRIVE, false, null, letter.id()));
        assertEquals(
                List.of("op redrive {\"ids\":[" + letter.id() + "]} 1"),
                POSTGRES.texts("select by || ' ' || act || ' ' || filter || ' ' || letters from dead_letter_acts"
                        + " where id = (select act from dead_letters where id = " + letter.id() + ")"));
    }

    @Test
    void whatWasDeniedIsWrittenDownBesideWhatWasDone() throws Exception {
        DeadLetter letter = die(id);
        String tried = "{\"tried\":\"POST /api/dead-letters/redrive\"}";

        assertEquals(new DeadLetterCommandResult(0, 0), act(Kind.DENIED, false, tried, letter.id()));

        assertEquals(DeadLetter.State.DEAD, found(id).state());
        assertEquals(
                List.of("op denied 0 " + tried),
                POSTGRES.texts("select by || ' ' || act || ' ' || letters || ' ' || change from dead_letter_acts"
                        + " where act = 'denied'"));
    }

    @Test
    void ofTooManyTheOldestAreDoneAndTheRestIsCounted() throws Exception {
        Long[] ids = {die(id + "-1").id(), die(id + "-2").id(), die(id + "-3").id()};

        assertEquals(new DeadLetterCommandResult(3, 2), act(Kind.DISCARD, false, null, ids));

        assertEquals(DeadLetter.State.DISCARDED, found(id + "-1").state());
        assertEquals(DeadLetter.State.DISCARDED, found(id + "-2").state());
        assertEquals(DeadLetter.State.DEAD, found(id + "-3").state());
        assertEquals(new DeadLetterCommandResult(1, 1), act(Kind.DISCARD, false, null, ids));
    }

    @Test
    void anEditChangesTheDataAndNothingThatTheSenderKnowsItBy() throws Exception {
        DeadLetter letter = die(id);
        String change = "{\"data\":{\"note\":\"n-1\",\"sum\":1.10},\"metadata\":{\"expectedVersion\":7}}";

        act(Kind.EDIT, false, change, letter.id());

        DeadLetter edited = found(id);
        DeadLetter.Content content = Objects.requireNonNull(edited.content());
        String event = text(content.event());
        assertEquals(1, edited.revision());
        assertTrue(event.contains("\"data\":{\"note\":\"n-1\",\"sum\":1.10}"), event);
        assertTrue(event.contains("\"expectedVersion\":7"), event);
        assertTrue(event.contains("\"entity\":{\"kind\":\"note\",\"id\":\"n-1\"}"), event);
        assertArrayEquals(Objects.requireNonNull(letter.content()).record(), content.record());
        assertEquals(Failure.VERSION_CONFLICT, refusal(() -> act(Kind.EDIT, false, "{\"revision\":0}", letter.id())));
        commit.refusesTimes(id, 0);
        act(Kind.REDRIVE, false, null, letter.id());
        await().until(() -> commit.committed().contains(id));
        Event taken = commit.taken(id);
        assertEquals("{\"note\":\"n-1\",\"sum\":1.10}", text(taken.data()));
        assertEquals(7, taken.expectedVersion());
    }

    @Test
    void anEditThatItsTypeForbidsIsRefused() throws Exception {
        DeadLetter letter = die(id);
        for (String change : List.of(
                "{\"data\":{}}",
                "{\"data\":[]}",
                "{\"id\":\"other\"}",
                "{\"metadata\":{\"expectedVersion\":-1}}",
                "{\"metadata\":{\"expiresAt\":\"soon\"}}",
                "{\"metadata\":{\"target\":{}}}",
                "{\"data\":{\"note\":\"" + "x".repeat(1_024) + "\"}}",
                "nonsense")) {
            assertFalse(
                    refusal(() -> act(Kind.EDIT, false, change, letter.id())).retryable(), change);
        }
        assertEquals(0, found(id).revision());
    }

    private DeadLetter die(String event) throws Exception {
        commit.refuses(event);
        KAFKA.send("notes", event);
        return found(event);
    }

    private DeadLetter found(String event) throws Exception {
        String query = "select id from dead_letters where event_id = '" + event + "'";
        // A connection from before a restart fails once.
        await().ignoreExceptions().until(() -> !POSTGRES.texts(query).isEmpty());
        long letter = Long.parseLong(POSTGRES.texts(query).get(0));
        return page(DeadLetterFilter.ofIds(List.of(letter)), true).letters().get(0);
    }

    private DeadLetterPage page(DeadLetterFilter filter, boolean content) throws Exception {
        return done(
                bus.request(Addresses.DEAD_LETTERS, new DeadLetterQuery(filter, Long.MAX_VALUE, 10, content, false)));
    }

    private DeadLetterCommandResult act(Kind kind, boolean dryRun, @Nullable String change, Long... ids)
            throws Exception {
        byte[] bytes = change == null ? null : change.getBytes(StandardCharsets.UTF_8);
        return done(bus.request(
                Addresses.DEAD_LETTER_COMMANDS,
                new DeadLetterCommand(kind, DeadLetterFilter.ofIds(List.of(ids)), "op", dryRun, bytes, 0)));
    }

    private static Failure refusal(Executable refused) {
        Throwable cause = assertThrows(ExecutionException.class, refused).getCause();
        return MillraceException.of(Objects.requireNonNull(cause)).failure();
    }

    private static int acts() throws Exception {
        return Integer.parseInt(
                POSTGRES.texts("select count(*) from dead_letter_acts").get(0));
    }

    private static String text(byte @Nullable [] bytes) {
        return bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8);
    }
}

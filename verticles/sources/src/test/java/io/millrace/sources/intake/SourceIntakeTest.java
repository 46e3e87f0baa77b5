package io.millrace.sources.intake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.cluster.TaskStatus;
import io.millrace.contracts.deadletter.DeadLetterCommandResult;
import io.millrace.contracts.deadletter.DeadLetterReport;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.event.PublishRequest;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlDocument;
import io.millrace.mapping.DocumentMapping;
import io.millrace.mapping.MappingReader;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.auth.TokenVerifier;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.node.Health;
import io.millrace.platform.node.NodeContext;
import io.millrace.sources.SourcesFixture;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of the messages of a source. */
class SourceIntakeTest {
    private static final String TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    private static final int MAX_BODY = 64 << 10;

    private static final String MAPPING =
            """
            skip:
              - { when: { test: true }, reason: a test }
            events:
              - type: repo:pushed
                when: { kind: push }
                id: "{id}"
                data: { by: "{by}", large: { column: large, optional: true } }
              - type: repo:starred
                when: { kind: push, star: true }
                id: "{id}-star"
                data: {}
            """;

    private final Vertx vertx = Vertx.vertx();
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final SourceMetrics remembered = new SourceMetrics(metrics, Clock.systemUTC());
    private final Bus bus = new Bus(vertx, Duration.ofSeconds(5));
    private final List<PublishRequest> requests = new CopyOnWriteArrayList<>();
    private final List<String> published = new CopyOnWriteArrayList<>();
    private final List<DeadLetterReport> dead = new CopyOnWriteArrayList<>();
    private volatile boolean queueAway;

    private final SourceIntake intake;

    SourceIntakeTest() throws Exception {
        intake = new SourceIntake(
                new NodeContext(
                        vertx,
                        bus,
                        DomainModel.parse("pack.yaml", SourcesFixture.PACK),
                        new TokenVerifier(vertx, new byte[32], Clock.systemUTC()),
                        metrics,
                        new Health(),
                        MAX_BODY),
                remembered);
    }

    @BeforeEach
    void serve() throws Exception {
        done(bus.serve(Addresses.PUBLISH, request -> {
            requests.add(request);
            if (request.events().stream().mapToLong(event -> event.length).sum() > MAX_BODY) {
                return Future.failedFuture(new MillraceException(Failure.TOO_LARGE, "too many bytes in one message"));
            }
            List<Outcome> outcomes = new ArrayList<>();
            for (byte[] event : request.events()) {
                String id = new JsonObject(new String(event, StandardCharsets.UTF_8)).getString("id");
                published.add(id);
                outcomes.add(outcome(id));
            }
            return Future.succeededFuture(new Outcomes(outcomes));
        }));
        done(bus.serve(Addresses.DEAD_LETTER_REPORTS, letter -> {
            if (queueAway) {
                return Future.failedFuture(new MillraceException(Failure.UNAVAILABLE, "PostgreSQL is away"));
            }
            dead.add(letter);
            return Future.succeededFuture(new DeadLetterCommandResult(1, 1));
        }));
    }

    @AfterEach
    void close() throws Exception {
        done(vertx.close());
    }

    private static Outcome outcome(String id) {
        return switch (id) {
            case "bad" -> Outcome.failed(id, Failure.INVALID_EVENT, "data.by is too long");
            case "defect" -> Outcome.failed(id, Failure.INTERNAL, "the handler answered nonsense");
            case "later" -> Outcome.failed(id, Failure.OVERLOADED, "not now");
            case "old" ->
                new Outcome(Outcome.Status.DUPLICATE, id, "repos", null, null, null, Event.ANY_VERSION, List.of());
            default ->
                new Outcome(Outcome.Status.COMMITTED, id, "repos", null, null, null, Event.ANY_VERSION, List.of());
        };
    }

    private static ConfiguredSource source(Source.Unmapped unmapped) throws Exception {
        List<ConfigurationError> problems = new ArrayList<>();
        YamlDocument yaml = Objects.requireNonNull(YamlDocument.parse("source.yaml", MAPPING, problems));
        DocumentMapping mapping = MappingReader.ofDocuments(yaml.root(), "s", Set.of("#at"), problems);
        assertEquals(List.of(), problems);
        Principal publisher = new Principal("s", Set.of("webhook"), new JsonObject(), Long.MAX_VALUE);
        Source source = new Source("s", publisher, mapping, unmapped);
        return () -> source;
    }

    private static SourceMessage message(int offset, String record) {
        return new SourceMessage(
                record.replace('\'', '"').getBytes(StandardCharsets.UTF_8),
                Map.of("#at", "" + offset),
                null,
                new SourceMessage.Origin("orders", 2, offset, 1_000 + offset));
    }

    private static SourceMessage push(int offset, String id) {
        return message(offset, "{'kind':'push','id':'" + id + "','by':'ada'}");
    }

    private static <T> T done(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private double count(String outcome) {
        return metrics.find("millrace.source.messages").tag("outcome", outcome).counters().stream()
                .mapToDouble(counter -> counter.count())
                .sum();
    }

    @Test
    void theTraceOfAMessageIsThatOfItsEvents() throws Exception {
        SourceMessage plain = push(1, "a");
        SourceMessage traced = new SourceMessage(
                plain.record(), Map.of("#at", "1", "#header.traceparent", TRACE), null, plain.origin());
        SourceMessage unreadable = new SourceMessage(
                plain.record(), Map.of("#at", "1", "#header.traceparent", "from afar"), null, plain.origin());
        done(intake.take(source(Source.Unmapped.COUNT), List.of(plain, traced, unreadable), () -> true));
        assertEquals(
                Arrays.asList(null, TRACE, null),
                requests.get(0).events().stream()
                        .map(event -> new JsonObject(new String(event, StandardCharsets.UTF_8)))
                        .map(event -> event.getJsonObject("metadata", new JsonObject())
                                .getString("traceparent"))
                        .toList());
    }

    @Test
    void whatCanBeNoEventBecomesADeadLetterWithItsOriginAndItsNeighborsGoOn() throws Exception {
        done(intake.take(
                source(Source.Unmapped.DEADLETTER),
                List.of(
                        push(1, "a"),
                        message(2, "not JSON"),
                        message(3, "{'kind':'push','id':'no one'}"),
                        push(4, "bad"),
                        message(5, "{'kind':'odd'}"),
                        message(6, "{'kind':'odd','test':true}"),
                        push(7, "old"),
                        message(8, "{'kind':'push','id':'b','by':'bo','star':true}")),
                () -> true));
        assertEquals(List.of("a", "bad", "old", "b", "b-star"), published, "in their order, in one request");
        assertEquals(1, requests.size());
        List<DeadLetterReport> letters = dead.stream()
                .sorted((one, other) -> Long.compare(one.offset(), other.offset()))
                .toList();
        assertEquals(
                List.of("bad_message", "invalid_event", "invalid_event", "unknown_type"),
                letters.stream().map(letter -> letter.failure().code()).toList());
        assertEquals(
                List.of(2L, 3L, 4L, 5L),
                letters.stream().map(DeadLetterReport::offset).toList());
        DeadLetterReport letter = letters.get(2);
        assertEquals("data.by is too long", letter.message());
        assertEquals("orders", letter.place());
        assertEquals(2, letter.partition());
        assertEquals(1_004, letter.timeMs());
        assertEquals(Map.of("#at", "4"), letter.attributes());
        assertEquals(3, count("accepted"));
        assertEquals(1, count("skipped"));
        assertEquals(1, count("unknown_type"));
        remembered.failed(source(Source.Unmapped.COUNT).source(), "x".repeat(1_000_000));
        TaskStatus status = remembered.status("s", "kafka", TaskStatus.State.RUNNING, 0, null);
        assertEquals(301, Objects.requireNonNull(status.lastError()).length(), "what operators are sent is short");
        assertTrue(status.lastMessageMs() > 0 && status.lastErrorMs() > 0, status::toString);
    }

    @Test
    void whatNoRuleIsForIsCountedWhereTheFileDoesNotAskForMore() throws Exception {
        done(intake.take(source(Source.Unmapped.COUNT), List.of(message(1, "{'kind':'odd'}")), () -> true));
        assertEquals(1, count("unmapped"));
        assertEquals(List.of(), dead);
    }

    @Test
    void whatMayBeRepeatedFailsAsAWholeAndCountsNothing() throws Exception {
        ConfiguredSource source = source(Source.Unmapped.COUNT);
        List<SourceMessage> messages = List.of(push(1, "a"), push(2, "later"), message(3, "not JSON"));
        ExecutionException later =
                assertThrows(ExecutionException.class, () -> done(intake.take(source, messages, () -> true)));
        assertEquals(
                Failure.OVERLOADED,
                MillraceException.of(Objects.requireNonNull(later.getCause())).failure());
        assertEquals(List.of(), dead);
        queueAway = true;
        List<SourceMessage> bad = List.of(push(1, "a"), message(3, "not JSON"));
        ExecutionException away =
                assertThrows(ExecutionException.class, () -> done(intake.take(source, bad, () -> true)));
        assertEquals(
                Failure.UNAVAILABLE,
                MillraceException.of(Objects.requireNonNull(away.getCause())).failure());
        assertEquals(0, count("accepted") + count("bad_message"));
        assertEquals(
                "PostgreSQL is away",
                remembered
                        .status("s", "kafka", TaskStatus.State.RUNNING, 0, null)
                        .lastError());

        queueAway = false;
        done(intake.take(source, bad, () -> true));
        assertEquals(1, dead.size());
        assertEquals(1, count("accepted"));
    }

    @Test
    void manyAndLargeMessagesGoInAsManyRequestsAsTheirBoundsNeed() throws Exception {
        ConfiguredSource source = source(Source.Unmapped.COUNT);
        List<SourceMessage> many = IntStream.range(0, 2 * PublishRequest.MAX_EVENTS + 1)
                .mapToObj(n -> push(n, "m" + n))
                .toList();
        done(intake.take(source, many, () -> true));
        assertEquals(IntStream.range(0, many.size()).mapToObj(n -> "m" + n).toList(), published);
        for (PublishRequest request : requests) {
            long bytes =
                    request.events().stream().mapToLong(event -> event.length).sum();
            assertTrue(request.events().size() <= PublishRequest.MAX_EVENTS && bytes <= MAX_BODY, "" + bytes);
        }
        requests.clear();
        String large = "x".repeat(MAX_BODY / 3);
        done(intake.take(
                source,
                IntStream.range(0, 5)
                        .mapToObj(
                                n -> message(n, "{'kind':'push','id':'l" + n + "','by':'ada','large':'" + large + "'}"))
                        .toList(),
                () -> true));
        assertEquals(3, requests.size());
    }

    @Test
    void anEventThatIsTooLargeOrThatAHandlerFailsAtHoldsNoOtherUp() throws Exception {
        ConfiguredSource source = source(Source.Unmapped.COUNT);
        String large = "x".repeat(MAX_BODY);
        done(intake.take(
                source,
                List.of(
                        push(1, "a"),
                        message(2, "{'kind':'push','id':'large','by':'ada','large':'" + large + "'}"),
                        push(3, "defect"),
                        push(4, "b")),
                () -> true));
        assertEquals(List.of("a", "defect", "b"), published);
        assertEquals(
                List.of("too_large", "internal"),
                dead.stream().map(letter -> letter.failure().code()).toList());
        assertEquals(2, count("accepted"));
    }

    @Test
    void aNodeThatNoLongerRunsTheSourceSendsNothingMore() throws Exception {
        ConfiguredSource source = source(Source.Unmapped.COUNT);
        List<SourceMessage> many = IntStream.range(0, PublishRequest.MAX_EVENTS + 1)
                .mapToObj(n -> push(n, "m" + n))
                .toList();
        ExecutionException ended =
                assertThrows(ExecutionException.class, () -> done(intake.take(source, many, () -> requests.isEmpty())));
        assertEquals(
                Failure.UNAVAILABLE,
                MillraceException.of(Objects.requireNonNull(ended.getCause())).failure());
        assertEquals(1, requests.size());

        List<SourceMessage> bad = List.of(message(1, "not JSON"));
        assertThrows(ExecutionException.class, () -> done(intake.take(source, bad, () -> false)));
        assertEquals(List.of(), dead);
    }

    @Test
    void aDeadLetterIsTakenAgainWithWhatCameBesideIt() throws Exception {
        ConfiguredSource source = source(Source.Unmapped.DEADLETTER);
        done(intake.take(source, List.of(message(9, "{'kind':'odd'}")), () -> true));
        SourceMessage kept = SourceIntake.message(dead.get(0));
        assertEquals(Map.of("#at", "9"), kept.attributes());
        ExecutionException still = assertThrows(ExecutionException.class, () -> done(intake.again(source, kept)));
        assertEquals(
                Failure.UNKNOWN_TYPE,
                MillraceException.of(Objects.requireNonNull(still.getCause())).failure());
        assertEquals(1, done(intake.again(source, push(9, "a"))).outcomes().size());
    }
}

package io.millrace.contracts.wire;

import io.millrace.contracts.alert.ActiveAlert;
import io.millrace.contracts.alert.AlertCommand;
import io.millrace.contracts.alert.AlertMarks;
import io.millrace.contracts.alert.AlertReport;
import io.millrace.contracts.cluster.NodeConfiguration;
import io.millrace.contracts.cluster.NodeConfigurationQuery;
import io.millrace.contracts.cluster.NodeStatus;
import io.millrace.contracts.cluster.TaskStatus;
import io.millrace.contracts.entity.EntityListQuery;
import io.millrace.contracts.entity.EntityPage;
import io.millrace.contracts.entity.EntityQuery;
import io.millrace.contracts.entity.EntitySnapshot;
import io.millrace.contracts.entity.EntityState;
import io.millrace.contracts.event.CommitPath;
import io.millrace.contracts.event.CommittedBatch;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.event.Priority;
import io.millrace.contracts.event.Recipients;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.journey.Journey;
import io.millrace.contracts.journey.JourneyQuery;
import io.millrace.contracts.journey.Journeys;
import io.millrace.contracts.kpi.KpiQuery;
import io.millrace.contracts.kpi.KpiRows;
import io.millrace.contracts.kpi.KpiValues;
import io.millrace.contracts.kpi.KpiValuesQuery;
import io.millrace.contracts.kpi.Rollup;
import io.millrace.contracts.revocation.Revocation;
import io.millrace.contracts.revocation.RevocationCommand;
import io.millrace.contracts.revocation.RevocationPage;
import io.millrace.contracts.revocation.RevocationQuery;
import io.millrace.contracts.sink.SinkCommand;
import io.millrace.contracts.sink.SinkCommandResult;
import io.millrace.contracts.sink.SinkPage;
import io.millrace.contracts.sink.SinkQuery;
import io.millrace.contracts.stream.Heads;
import io.millrace.contracts.stream.HeadsQuery;
import io.millrace.contracts.stream.HistoryPage;
import io.millrace.contracts.stream.HistoryQuery;
import io.millrace.contracts.stream.StreamsQuery;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Records of every kind that crosses the bus: full ones, ones with nothing in them, and odd ones. */
final class Samples {
    static final Event FULL = Event.builder("0192f0c4-0000-7000-8000-000000000001", "order:created", "shop/eu")
            .timeMicros(1_769_851_800_123_000L)
            .priority(Priority.CRITICAL)
            .data(bytes("{\"orderId\":\"o-17\",\"name\":\"Ünïcode 漢字 🙂\"}"))
            .metadata(bytes("{\"tags\":[\"eu\"]}"))
            .expiresAtMicros(1_769_853_600_000_000L)
            .expectedVersion(3)
            .target(new Recipients(Set.of("staff"), Set.of("c-4"), Set.of()))
            .exclude(new Recipients(Set.of(), Set.of(), Set.of("connection-1")))
            .stream("orders")
            .owner("c-4")
            .entity(new EntityRef("order", "orders", "o-17"))
            .publisher("u-1")
            .acceptedAtMicros(1_769_851_800_124_000L)
            .build();

    static final Event BARE =
            Event.builder("1", "a:b", "").priority(Priority.LOW).stream("s").build();

    static final Position POSITION = new Position("k3", Long.MAX_VALUE);

    private Samples() {}

    /** Every codec's type is here at least once. */
    static List<Record> all() {
        List<Record> all = new ArrayList<>(List.of(
                new EventBatch(List.of(FULL, BARE)),
                new EventBatch(List.of()),
                new EventBatch(List.of(FULL), CommitPath.FALLBACK),
                new EventBatch(List.of(BARE), CommitPath.queued(5, Long.MAX_VALUE)),
                new JourneyQuery("", null),
                new JourneyQuery("o-17", "shop/eu"),
                new Journeys(List.of(
                        new Journey(
                                FULL,
                                CommitPath.queued(2, 1),
                                POSITION,
                                3,
                                null,
                                2,
                                List.of(
                                        new Journey.Stop(Journey.Happened.QUEUED, 1, 0, null, null, null),
                                        new Journey.Stop(Journey.Happened.DEAD, 2, 5, "internal", "why", null),
                                        new Journey.Stop(Journey.Happened.REDRIVEN, 3, 5, null, null, "op"))),
                        new Journey(BARE, null, null, 0, "router", 1, List.of()))),
                new AlertReport(
                        "a/1", 1, false, List.of(new ActiveAlert("breaker-open", "kafka", 2, "Kafka hasn't answered"))),
                new AlertReport("", -1, true, List.of()),
                AlertCommand.list(),
                new AlertCommand(AlertCommand.Kind.SILENCE, "queue-age", "", Long.MAX_VALUE, "known", "op"),
                new AlertMarks(
                        List.of(new AlertMarks.Acknowledgement("queue-age", "", "op", 3)),
                        List.of(
                                new AlertMarks.Silence("disk", "a/1", 4, null, "op"),
                                new AlertMarks.Silence("disk", "a/2", 4, "known", "op"))),
                new AlertMarks(List.of(), List.of()),
                new Outcomes(List.of(
                        Outcome.committed(FULL, POSITION),
                        Outcome.duplicate(BARE, null),
                        Outcome.of(Outcome.Status.EXPIRED, FULL),
                        Outcome.failed("", Failure.INTERNAL, "why"),
                        Outcome.conflict("e-1", "it moved", 7),
                        Outcome.failed(
                                "e-2",
                                MillraceException.invalidEvent(List.of(
                                        new MillraceException.Detail("/data/a", "is missing"),
                                        new MillraceException.Detail("", "")))))),
                new CommittedBatch(List.of(
                        new CommittedEvent(FULL, POSITION, 7, bytes("{\"total\":1}"), "{\"total\":2}", "c-3"),
                        CommittedEvent.transientEvent(BARE))),
                new HistoryQuery("room:42", 1041, 1_000, false),
                new HistoryQuery("", 0, 1, true),
                new HistoryPage("orders", "k3", 1, 2, List.of(new CommittedEvent(FULL, POSITION, 0, null))),
                new HistoryPage("nobody", Position.NO_EPOCH, 1, 0, List.of()),
                new HeadsQuery(0),
                new HeadsQuery(10_000),
                new StreamsQuery(List.of("orders"), List.of("guild:", "room:"), "guild:42", 100),
                new Heads(List.of(new Heads.Head("orders", "k3", 12))),
                new EntityQuery(new EntityRef("order", "orders", "o-17"), true),
                new EntityListQuery("order", "orders", "c-4", "o-16", 100, 1L << 40),
                new EntityListQuery("order", "orders", null, "", 1, 1),
                new EntityPage(
                        List.of(new EntitySnapshot.Entity(new EntityRef("order", "orders", "o-17"), 3, bytes("{}"))),
                        false),
                new EntityPage(List.of(), true),
                KpiQuery.totals(List.of("revenue", "orders")),
                new KpiRows(List.of(
                        new KpiRows.Row("revenue", 1_769_817_600_000_000L, 3, "-12345678901234567890.125"),
                        new KpiRows.Row("averageOrder", 0, 0, null))),
                new KpiValuesQuery(List.of("revenue", "orders")),
                new KpiValues(List.of(
                        new KpiValues.Value("revenue", 1_769_817_600_000_001L, bytes("{\"value\":0.1}")),
                        new KpiValues.Value("orders", 0, bytes("{}"))))));
        all.addAll(DeadLetterSamples.all());
        all.addAll(nodesAndSinks());
        all.addAll(revocations());
        all.addAll(ConnectionSamples.all());
        for (Rollup rollup : Rollup.values()) {
            all.add(new KpiQuery(List.of("revenue"), rollup, -1, Long.MAX_VALUE, 1_000));
        }
        for (EntityState.Level level : EntityState.Level.values()) {
            all.add(new EntityState(new EntityRef("k", "", ""), 0, null, Position.EMPTY, level));
            all.add(new EntityState(new EntityRef("k", "orders", "i"), 9, bytes("{}"), POSITION, level));
        }
        return all;
    }

    private static List<Record> revocations() {
        Revocation full = new Revocation(7, "jti-1", "u", -1, 1_769_851_800_123_000L, "op", 1);
        Revocation bare = new Revocation(0, null, null, Revocation.ALWAYS, Revocation.NEVER, "", 0);
        return List.of(
                RevocationQuery.all(RevocationQuery.NONE),
                new RevocationQuery(3, 8, 100),
                new RevocationPage(1, List.of(full, bare)),
                new RevocationPage(0, List.of()),
                RevocationCommand.make(full),
                RevocationCommand.delete(7, "op"),
                RevocationCommand.denied("u", "DELETE /api/revocations/7"));
    }

    private static List<Record> nodesAndSinks() {
        return List.of(
                new NodeStatus(
                        "host/1",
                        "0.1.0",
                        7,
                        false,
                        List.of("sources", "api"),
                        List.of(new NodeStatus.Problem("kafka", "doesn't answer")),
                        List.of(
                                new TaskStatus("a", "kafka", TaskStatus.State.FAILING, -1, "gone", 1, "why", 2),
                                new TaskStatus("b", "webhook", TaskStatus.State.RUNNING, 3, null, 0, null, 0)),
                        List.of(new TaskStatus("s", "redis", TaskStatus.State.RUNNING, 5, "slow", 1, "why", 2)),
                        List.of(
                                new NodeStatus.Figure("queue", "depth", 5),
                                new NodeStatus.Figure("api", "reads", Long.MAX_VALUE))),
                new NodeStatus("", "", 0, true, List.of(), List.of(), List.of(), List.of(), null),
                new NodeConfigurationQuery(),
                new NodeConfiguration(List.of(
                        new NodeConfiguration.Setting("a.b", "5", "5", "default", "whole number", "1 to 9"),
                        new NodeConfiguration.Setting("a.secret", null, "", "environment A_SECRET", "secret", ""))),
                new SinkQuery(null, 0, 1),
                new SinkQuery("hooks/erp", Long.MAX_VALUE, 100),
                new SinkPage(
                        List.of(new SinkPage.Counts("a", 1, 2, "since"), new SinkPage.Counts("b", 0, 0, null)),
                        List.of(
                                new SinkPage.Dead(7, "s", new Position("e", 3), 2, 1, "why"),
                                new SinkPage.Dead(8, "", Position.EMPTY, 0, 0, null))),
                SinkCommand.enable("a", "u"),
                SinkCommand.redrive("a", List.of(1L, Long.MAX_VALUE), "u"),
                SinkCommand.replay("a", "s", new Position("e", 3), 0, "u"),
                SinkCommand.replay("a", "s", null, 5, "u"),
                SinkCommand.denied("u", "POST /"),
                new SinkCommandResult(5, 3, new Position("e", 1)));
    }

    /** A batch of a thousand events with {@code bytes} of data each. */
    static EventBatch large(int bytes) {
        Event event =
                Event.builder("id", "a:b", "s")
                        .timeMicros(1)
                        .data(bytes("{\"x\":\"" + "y".repeat(bytes) + "\"}"))
                        .stream("stream")
                        .publisher("p")
                        .acceptedAtMicros(1)
                        .build();
        return new EventBatch(java.util.Collections.nCopies(1_000, event));
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Everything in it, arrays by content: equal texts are equal records. */
    static String shown(@Nullable Object value) {
        if (value instanceof byte[] array) {
            return Arrays.toString(array);
        }
        if (value instanceof Set<?> set) {
            return set.stream().map(Samples::shown).sorted().toList().toString();
        }
        if (value instanceof Collection<?> list) {
            return list.stream().map(Samples::shown).toList().toString();
        }
        if (!(value instanceof Record)) {
            return String.valueOf(value);
        }
        StringBuilder text = new StringBuilder(value.getClass().getSimpleName());
        for (RecordComponent component : value.getClass().getRecordComponents()) {
            try {
                text.append(' ').append(component.getName()).append('=');
                text.append(shown(component.getAccessor().invoke(value)));
            } catch (ReflectiveOperationException unreadable) {
                throw new LinkageError(unreadable.getMessage(), unreadable);
            }
        }
        return text.toString();
    }
}

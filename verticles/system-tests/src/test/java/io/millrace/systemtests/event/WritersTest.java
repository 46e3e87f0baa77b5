package io.millrace.systemtests.event;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.PostgresAccess;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.millrace.testkit.process.MetricsReader;
import io.millrace.testkit.process.MillraceProcess;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * Many write to one entity at once, through two persistence processes, one of which has transactions that PostgreSQL ends
 * with a serialization failure (40001) when they meet another's.
 */
@Order(23)
@OnPipeline(Pipeline.Layout.FOUR_PROCESSES)
final class WritersTest {
    private static final int WRITERS = 50;
    private static final int EVENTS = 20;
    private static final Duration DECIDED = Duration.ofSeconds(60);

    private final Pipeline pipeline;
    private final ApiClient staff;
    private final PostgresAccess table;
    private final String orderId = Shop.unique("o");
    /** What became of each event, by its id. */
    private final Map<String, ApiResponse> answers = new ConcurrentHashMap<>();

    private final Map<String, Long> expected = new ConcurrentHashMap<>();

    WritersTest(Pipeline pipeline) {
        this.pipeline = pipeline;
        this.staff = pipeline.api("shop", "staff");
        this.table = new PostgresAccess(pipeline.backends().postgresUri());
    }

    @Test
    void eachEventOfFiftyWritersOfOneEntityIsAppliedOnceOrRefusedOrADeadLetter() throws Exception {
        table.tell("alter database millrace set default_transaction_isolation = 'repeatable read'");
        MillraceProcess second = pipeline.add("persistence").get(0);
        try {
            double before = conflicts();
            write();
            await().atMost(DECIDED).until(() -> decided().containsAll(answered(202)));
            double met = conflicts() - before;
            System.out.printf(
                    Locale.ROOT,
                    "  %d writers of one entity: %,d events applied, %,d of them as expected; %,d answered 409, %,d dead"
                            + " letters; %.0f commits met another's%n",
                    WRITERS,
                    applied().size(),
                    applied().stream().filter(expected::containsKey).count(),
                    answered(409).size(),
                    dead().size(),
                    met);
            assertTrue(met > 0, "no commit met another's");
            assertDecidedOnce();
        } finally {
            second.stop();
            table.tell("alter database millrace reset default_transaction_isolation");
        }
    }

    private void write() throws InterruptedException, ExecutionException {
        ExecutorService writers = Executors.newFixedThreadPool(WRITERS);
        try {
            List<Callable<Void>> work = IntStream.range(0, WRITERS)
                    .<Callable<Void>>mapToObj(number -> () -> write(number))
                    .toList();
            for (Future<Void> done : writers.invokeAll(work, DECIDED.toSeconds(), TimeUnit.SECONDS)) {
                done.get();
            }
        } finally {
            writers.shutdownNow();
        }
    }

    /** Most say which version they have seen, the others leave them the field; every fifth is in no hurry. */
    private Void write(int number) {
        boolean expects = number % 4 != 0;
        boolean queued = number % 5 == 0;
        long seen = 0;
        for (int i = 0; i < (expects ? EVENTS : EVENTS / 4); i++) {
            JsonObject metadata = new JsonObject();
            if (expects) {
                metadata.put("expectedVersion", seen);
            }
            if (queued) {
                metadata.put("priority", "normal");
            }
            JsonObject event = Shop.order(orderId, "c-1").put("metadata", metadata);
            ApiResponse answer = answer(event);
            answers.put(event.getString("id"), answer);
            if (expects) {
                expected.put(event.getString("id"), seen);
            }
            seen = expects ? seenAfter(answer, seen) : seen;
        }
        return null;
    }

    /** Whoever is told to come back comes back with the same event. */
    private ApiResponse answer(JsonObject event) {
        return await().atMost(DECIDED)
                .pollDelay(Duration.ZERO)
                .until(() -> staff.post(event), answer -> answer.status() != 503);
    }

    /** A conflict tells the version as it is now. */
    private static long seenAfter(ApiResponse answer, long seen) {
        if (answer.status() != 409) {
            return seen + 1;
        }
        long present = answer.json().getLong("version");
        assertTrue(present != seen, answer::toString);
        return present;
    }

    private void assertDecidedOnce() {
        Set<Integer> statuses = new HashSet<>();
        answers.values().forEach(answer -> statuses.add(answer.status()));
        statuses.removeAll(Set.of(200, 201, 202, 409));
        assertEquals(Set.of(), statuses);

        List<String> applied = applied();
        Set<String> distinct = new HashSet<>(applied);
        assertEquals(applied.size(), distinct.size(), "each once");
        Set<String> accepted = answered(201);
        accepted.addAll(answered(200));
        accepted.addAll(answered(202));
        accepted.removeAll(dead());
        assertEquals(accepted, distinct);
        assertTrue(dead().stream().noneMatch(distinct::contains));
        assertTrue(answered(202).containsAll(dead()));

        // An ordinary event that a later one overtook may have nothing left to change; then it makes no version.
        List<String> made = table.ask(
                "select entity_version from events where entity_id = ? and entity_version > 0 order by pos", orderId);
        List<String> versions =
                IntStream.rangeClosed(1, made.size()).mapToObj(String::valueOf).toList();
        assertEquals(versions, made);
        assertEquals(versions, table.ask("select version from changes where id = ? order by version", orderId));
        assertEquals(
                List.of(String.valueOf(made.size())), table.ask("select version from entities where id = ?", orderId));
        assertExpectationsHeld();
    }

    /** Whoever expected a version and was applied made the next one. */
    private void assertExpectationsHeld() {
        expected.keySet().retainAll(applied());
        assertTrue(expected.size() > 0);
        expected.forEach((id, version) ->
                assertEquals(version + 1, table.number("select entity_version from events where id = ?", id)));
    }

    private List<String> applied() {
        return table.ask("select id from events where entity_id = ?", orderId);
    }

    private Set<String> dead() {
        return new HashSet<>(table.ask(
                "select event_id from dead_letters where code = 'version_conflict' and event #>> '{data,orderId}' = ?",
                orderId));
    }

    private Set<String> decided() {
        Set<String> decided = dead();
        decided.addAll(applied());
        return decided;
    }

    private Set<String> answered(int status) {
        Set<String> ids = new HashSet<>();
        answers.forEach((id, answer) -> {
            if (answer.status() == status) {
                ids.add(id);
            }
        });
        return ids;
    }

    private double conflicts() {
        return pipeline.processes().stream()
                .filter(MillraceProcess::isAlive)
                .mapToDouble(process -> new MetricsReader(process).sum("millrace_persistence_conflicts_total"))
                .sum();
    }
}

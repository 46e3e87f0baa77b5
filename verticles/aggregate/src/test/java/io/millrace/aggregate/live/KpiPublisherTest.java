package io.millrace.aggregate.live;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.aggregate.AggregateFixture;
import io.millrace.aggregate.AggregateFixture.Fact;
import io.millrace.contracts.kpi.KpiValues;
import io.millrace.domain.DomainModel;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Live values against a real PostgreSQL, by several nodes. Each test has streams and KPIs of its own. */
@Tag("slow")
@Timeout(60)
class KpiPublisherTest {
    @RegisterExtension
    static final AggregateFixture LEDGER = new AggregateFixture();

    @Test
    void eachOtherValueIsPublishedWithItsChange() throws Exception {
        LEDGER.node(pack("told", "told-sum: { sum: data.n, of: \"told:x\", every: 1s }"));
        eventually(1, () -> LEDGER.published("told-sum").size());
        for (String n : List.of("1.5", "0.25", "-3")) {
            int before = LEDGER.published("told-sum").size();
            LEDGER.commit("told", fact("told", n, Instant.now()));
            eventually(before + 1, () -> LEDGER.published("told-sum").size());
        }
        assertEquals(
                List.of(
                        "{\"kpi\":\"told-sum\",\"value\":0,\"count\":0,\"change\":null}",
                        "{\"kpi\":\"told-sum\",\"value\":1.5,\"count\":1,\"change\":1.5}",
                        "{\"kpi\":\"told-sum\",\"value\":1.75,\"count\":2,\"change\":0.25}",
                        "{\"kpi\":\"told-sum\",\"value\":-1.25,\"count\":3,\"change\":-3}"),
                LEDGER.published("told-sum").stream()
                        .map(KpiPublisherTest::text)
                        .toList());
        assertEquals(new JsonObject(text(last("told-sum"))), LEDGER.present("told-sum"));
    }

    @Test
    void severalNodesPublishEachValueOnceAndGoOnWhenOneStops() throws Exception {
        DomainModel domains = pack("shared", "shared-sum: { sum: data.n, of: \"shared:x\", every: 1s }");
        for (int i = 0; i < 3; i++) {
            LEDGER.node(domains);
        }
        long start = System.nanoTime();
        int committed = 0;
        while (LEDGER.published("shared-sum").size() < 5) {
            LEDGER.publish("shared", fact("shared", "1", Instant.now()));
            committed++;
        }
        LEDGER.stopOne();
        LEDGER.stopOne();
        LEDGER.publish("shared", fact("shared", "1", Instant.now()));
        eventually(committed + 1, () -> LEDGER.present("shared-sum").getInteger("value"));

        List<KpiValues.Value> published = LEDGER.published("shared-sum");
        long seconds = Duration.ofNanos(System.nanoTime() - start).toSeconds();
        // At the earliest three quarters of a second after the one before.
        assertTrue(published.size() <= 2 + seconds * 4 / 3, () -> published.size() + " in " + seconds + " s");
        for (int i = 1; i < published.size(); i++) {
            KpiValues.Value before = published.get(i - 1);
            KpiValues.Value now = published.get(i);
            assertTrue(before.revision() < now.revision());
            assertEquals(
                    new JsonObject(text(now)).getInteger("change"),
                    new JsonObject(text(now)).getInteger("value") - new JsonObject(text(before)).getInteger("value"));
        }
    }

    /** Its lock is that of a transaction that PostgreSQL ends, as it ends those of nodes whose connections are gone. */
    @Test
    void aNodeThatDiesWhilePublishingIsSkippedAndThenReplaced() throws Exception {
        LEDGER.node(
                pack(
                        "dying",
                        """
                dying-sum: { sum: data.n, of: "dying:x", every: 1s }
                dying-all: { count: "*", of: "dying:x", every: 1s }"""));
        eventually(1, () -> LEDGER.published("dying-sum").size());
        SqlConnection dead = AggregateFixture.await(LEDGER.pool().getConnection());
        int pid = AggregateFixture.await(
                        dead.query("begin; select pg_backend_pid()").execute())
                .next()
                .iterator()
                .next()
                .getInteger(0);
        AggregateFixture.await(
                dead.query("select from kpi_live l join kpis k on k.id = l.kpi where k.name = 'dying-sum'"
                                + " for update of l")
                        .execute());
        LEDGER.commit("dying", fact("dying", "1", Instant.now()));
        // The KPI beside it is published, this one isn't.
        eventually(1, () -> LEDGER.present("dying-all").getInteger("value"));
        assertEquals(0, LEDGER.present("dying-sum").getInteger("value"));
        LEDGER.count("select pg_terminate_backend(" + pid + ")::int::bigint");
        eventually(1, () -> LEDGER.present("dying-sum").getInteger("value"));
    }

    @Test
    void aNewKpiCatchesUpWhileEventsKeepComing() throws Exception {
        LEDGER.node(pack("grows", "grows-sum: { sum: data.n, of: \"grows:x\", every: 1s }"));
        for (int i = 0; i < 100; i++) {
            LEDGER.commit("grows", fact("grows", "1", Instant.now()), fact("grows", "1", Instant.now()));
        }
        LEDGER.stopAll();
        LEDGER.node(
                pack(
                        "grows",
                        """
                grows-sum: { sum: data.n, of: "grows:x", every: 1s }
                grows-all: { count: "*", of: "grows:x", every: 1s }"""));
        for (int i = 0; i < 50; i++) {
            LEDGER.publish("grows", fact("grows", "1", Instant.now()));
        }
        eventually(250, () -> LEDGER.present("grows-all").getInteger("value"));
        eventually(250, () -> LEDGER.present("grows-sum").getInteger("value"));
        eventually(false, () -> LEDGER.present("grows-all").containsKey("catchingUp"));
        // One that went on never said that it was a part.
        assertEquals(
                List.of(),
                LEDGER.published("grows-sum").stream()
                        .map(KpiPublisherTest::text)
                        .filter(text -> text.contains("catchingUp"))
                        .toList());
    }

    @Test
    void aNewKpiSaysThatItsValueIsAPartUntilAllHistoryIsCounted() throws Exception {
        for (int i = 0; i < 100; i++) {
            LEDGER.commit(
                    "past",
                    fact("past", "1", Instant.now()),
                    new Fact("past:y", Instant.now().toString(), "{}"));
        }
        // So nothing is counted.
        SqlConnection holder = AggregateFixture.await(LEDGER.pool().getConnection());
        AggregateFixture.await(
                holder.query("begin; lock table rollups in exclusive mode").execute());
        LEDGER.node(pack("past", "past-sum: { sum: data.n, of: \"past:x\", every: 1s }"));
        eventually(true, () -> !LEDGER.published("past-sum").isEmpty());
        assertEquals(
                new JsonObject(
                        "{'kpi':'past-sum','value':0,'count':0,'catchingUp':{'counted':0,'of':200},'change':null}"
                                .replace('\'', '"')),
                LEDGER.present("past-sum"));
        AggregateFixture.await(holder.query("rollback").execute());
        AggregateFixture.await(holder.close());

        eventually(100, () -> LEDGER.present("past-sum").getInteger("value"));
        eventually(false, () -> LEDGER.present("past-sum").containsKey("catchingUp"));
        List<JsonObject> told = LEDGER.published("past-sum").stream()
                .map(value -> new JsonObject(text(value)))
                .toList();
        told.subList(0, told.size() - 1).forEach(value -> assertTrue(value.containsKey("catchingUp"), value::encode));
        // What comes later never makes it a part again, nor does another start.
        LEDGER.stopAll();
        LEDGER.commit("past", fact("past", "1", Instant.now()));
        LEDGER.node(pack("past", "past-sum: { sum: data.n, of: \"past:x\", every: 1s }"));
        eventually(101, () -> LEDGER.present("past-sum").getInteger("value"));
        assertTrue(LEDGER.published("past-sum").stream().skip(told.size()).noneMatch(value -> text(value)
                .contains("catchingUp")));
    }

    @Test
    void aSlidingWindowHasWhatHappenedInItHoweverLateItComes() throws Exception {
        LEDGER.node(
                pack(
                        "window",
                        """
                window-sum: { sum: data.n, of: "window:x", every: 1s, windows: [5m, 1h, today] }
                window-most: { max: data.n, of: "window:x", every: 1s, windows: [5m] }
                window-kinds: { distinct: data.n, of: "window:x", every: 1s, windows: [5m, 1h] }"""));
        eventually(0, () -> LEDGER.present("window-kinds").getInteger("value"));
        Instant now = Instant.now();
        LEDGER.commit("window", fact("window", "1", now), fact("window", "2", now.minusSeconds(240)));
        eventually(3, () -> window("window-sum", "5m").getInteger("value"));
        LEDGER.commit(
                "window",
                fact("window", "4", now.minusSeconds(420)),
                fact("window", "2", now.minusSeconds(180)),
                fact("window", "8", now.minus(90, ChronoUnit.MINUTES)),
                fact("window", "16", now.minus(4, ChronoUnit.HOURS)));
        eventually(5, () -> window("window-sum", "5m").getInteger("value"));
        eventually(
                new JsonObject("{\"value\":5,\"count\":3,\"before\":4,\"change\":1}"),
                () -> window("window-sum", "5m"));
        eventually(
                new JsonObject("{\"value\":9,\"count\":4,\"before\":8,\"change\":1}"),
                () -> window("window-sum", "1h"));
        eventually(
                new JsonObject("{\"value\":2,\"count\":3,\"before\":4,\"change\":-2}"),
                () -> window("window-most", "5m"));
        // 2 came in two steps of ten seconds.
        eventually(
                new JsonObject("{\"value\":2,\"count\":2,\"before\":1,\"change\":1}"),
                () -> window("window-kinds", "5m"));
        eventually(
                new JsonObject("{\"value\":3,\"count\":3,\"before\":1,\"change\":2}"),
                () -> window("window-kinds", "1h"));
        eventually(33, () -> LEDGER.present("window-sum").getInteger("value"));
    }

    private static JsonObject window(String kpi, String name) throws Exception {
        return LEDGER.present(kpi).getJsonObject("windows").getJsonObject(name);
    }

    private static KpiValues.Value last(String kpi) {
        List<KpiValues.Value> all = LEDGER.published(kpi);
        return all.get(all.size() - 1);
    }

    private static String text(KpiValues.Value value) {
        return Buffer.buffer(value.data()).toString();
    }

    private static <T> void eventually(T expected, Callable<T> found) {
        await().atMost(Duration.ofSeconds(15))
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptions()
                .untilAsserted(() -> assertEquals(expected, found.call()));
    }

    private static Fact fact(String area, String number, Instant at) {
        return new Fact(area + ":x", at.toString(), "{'n':" + number + "}");
    }

    private static DomainModel pack(String area, String kpis) throws Exception {
        return DomainModel.parse(
                area,
                """
                domain: test
                namespaces: { %1$s: { stream: %1$s } }
                types: { "%1$s:x": { namespace: %1$s } }
                kpis:
                """
                                .formatted(area)
                        + kpis.indent(2));
    }
}

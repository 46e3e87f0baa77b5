package io.millrace.aggregate.live;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.aggregate.AggregateFixture;
import io.millrace.aggregate.AggregateFixture.Fact;
import io.millrace.aggregate.rollup.KpiRegistry;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.text.Json;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.Kpi;
import io.millrace.platform.stream.KpiFollower;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Live values when PostgreSQL, its clock, a pack or a single KPI is in trouble. Each test has streams and KPIs of its own. */
@Tag("slow")
@Timeout(60)
class LiveValuesInTroubleTest {
    @RegisterExtension
    static final AggregateFixture LEDGER = new AggregateFixture();

    /** Whoever follows a KPI, on an event loop of its own. */
    private static final class Following {
        private volatile @Nullable CommittedEvent newest;

        Following(Kpi kpi) throws Exception {
            var unused = AggregateFixture.await(
                    Future.future(followed -> LEDGER.vertx().runOnContext(here -> {
                        KpiFollower follower = new KpiFollower(
                                LEDGER.vertx(),
                                LEDGER.bus(),
                                (stream, events) -> newest = events.get(events.size() - 1));
                        follower.follow(kpi)
                                .onSuccess(head -> newest = follower.newest(kpi.stream()))
                                .onComplete(followed);
                    })));
        }

        int value() {
            return Json.parse(Objects.requireNonNull(newest).event().data())
                    .get("value")
                    .intValue();
        }
    }

    @Test
    void whoeverFollowsAKpiHasTheValueOfTheDefinitionThatIsThere() throws Exception {
        DomainModel sum = pack("moves", "moves-kpi: { sum: data.n, of: \"moves:x\", every: 1s }");
        DomainModel count = pack("moves", "moves-kpi: { count: \"*\", of: \"moves:x\", every: 1s }");
        LEDGER.node(sum);
        LEDGER.commit("moves", fact("moves", "7"));
        eventually(7, () -> LEDGER.present("moves-kpi").getInteger("value"));
        Following following = new Following(sum.kpis().get(0));
        eventually(7, following::value);
        for (DomainModel next : List.of(count, sum, count)) {
            LEDGER.stopAll();
            LEDGER.node(next);
            eventually(next == sum ? 7 : 1, following::value);
        }
        // Both at once, then the one that has nothing new to tell.
        LEDGER.node(sum);
        eventually(7, following::value);
        LEDGER.stopAll();
        LEDGER.node(count);
        eventually(1, following::value);
    }

    @Test
    void whoeverFollowsAKpiGoesOnWhenPostgresIsBack() throws Exception {
        DomainModel domains = pack("away", "away-kpi: { sum: data.n, of: \"away:x\", every: 1s }");
        LEDGER.node(domains);
        LEDGER.commit("away", fact("away", "2"));
        eventually(2, () -> LEDGER.present("away-kpi").getInteger("value"));
        Following following = new Following(domains.kpis().get(0));
        LEDGER.crashPostgres();
        await().atMost(Duration.ofSeconds(15)).ignoreExceptions().until(() -> {
            LEDGER.commit("away", fact("away", "3"));
            return true;
        });
        eventually(5, following::value);
    }

    @Test
    void aClockThatIsSetBackStopsNoValue() throws Exception {
        LEDGER.node(pack("clock", "clock-kpi: { sum: data.n, of: \"clock:x\", every: 1s }"));
        eventually(1, () -> LEDGER.published("clock-kpi").size());
        LEDGER.execute("update kpi_live set published_at = now() + interval '1 hour', revision = revision + 3600000000"
                + " where kpi = (select id from kpis where name = 'clock-kpi')");
        LEDGER.commit("clock", fact("clock", "5"));
        eventually(5, () -> LEDGER.present("clock-kpi").getInteger("value"));
        eventually(2, () -> LEDGER.published("clock-kpi").size());
        assertTrue(LEDGER.published("clock-kpi").get(1).revision()
                > LEDGER.published("clock-kpi").get(0).revision() + 3_600_000_000L);
    }

    @Test
    void aKpiThatCantBePublishedStopsNoOtherAndIsTold() throws Exception {
        LEDGER.node(
                pack(
                        "broken",
                        """
                broken-kpi: { sum: data.n, of: "broken:x", every: 1s }
                broken-all: { count: "*", of: "broken:x", every: 1s }"""));
        eventually(0, () -> LEDGER.present("broken-kpi").getInteger("value"));
        refuse("kpi_live", "update", "new.data like '%\"broken-kpi\"%'");
        LEDGER.commit("broken", fact("broken", "5"));
        eventually(1, () -> LEDGER.present("broken-all").getInteger("value"));
        eventually("the live value of a KPI can't be published: broken-kpi", LEDGER::trouble);
        assertEquals(0, LEDGER.present("broken-kpi").getInteger("value"));
        LEDGER.execute("drop trigger refuses on kpi_live");
        eventually(5, () -> LEDGER.present("broken-kpi").getInteger("value"));
        eventually(true, () -> LEDGER.trouble() == null);
    }

    @Test
    void aStreamThatCantBeCountedIsTold() throws Exception {
        LEDGER.node(pack("jammed", "jammed-kpi: { sum: data.n, of: \"jammed:x\", every: 1s }"));
        refuse("rollups", "insert", "new.kpi = " + id("jammed-kpi"));
        LEDGER.commit("jammed", fact("jammed", "5"));
        eventually("a stream can't be added to the KPIs: jammed", LEDGER::trouble);
        LEDGER.execute("drop trigger refuses on rollups");
        eventually(5, () -> LEDGER.present("jammed-kpi").getInteger("value"));
        eventually(true, () -> LEDGER.trouble() == null);
    }

    @Test
    void publicationsLeaveAConnectionForPagesHoweverManyPacesThereAre() throws Exception {
        LEDGER.node(
                pack(
                        "paces",
                        """
                paces-kpi: { sum: data.n, of: "paces:x", every: 1s }
                paces-2: { sum: data.n, of: "paces:x", every: 1100ms }
                paces-3: { sum: data.n, of: "paces:x", every: 1200ms }
                paces-4: { sum: data.n, of: "paces:x", every: 1300ms }"""));
        eventually(0, () -> LEDGER.present("paces-4").getInteger("value"));
        SqlConnection locks = AggregateFixture.await(LEDGER.pool().getConnection());
        try {
            assertNotNull(AggregateFixture.await(
                    locks.query("begin; lock table kpi_live in exclusive mode").execute()));
            String blocked = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'";
            eventually(1L, () -> LEDGER.count(blocked));
            await().pollDelay(Duration.ofMillis(1_500)).until(() -> true);
            assertEquals(1, LEDGER.count(blocked));
            LEDGER.commit("paces", fact("paces", "5"));
            eventually("5 of 1", () -> LEDGER.total("paces-kpi"));
        } finally {
            assertNotNull(AggregateFixture.await(locks.query("rollback").execute()));
            AggregateFixture.await(locks.close());
        }
        eventually(5, () -> LEDGER.present("paces-4").getInteger("value"));
    }

    @Test
    void whatHasNotMovedIsNotComputedAgain() throws Exception {
        LEDGER.node(pack("still", "still-kpi: { sum: data.n, of: \"still:x\", every: 1s }"));
        eventually(0, () -> LEDGER.present("still-kpi").getInteger("value"));
        String row = "select xmin::text::bigint from kpi_live where kpi = " + id("still-kpi");
        long written = LEDGER.count(row);
        await().pollDelay(Duration.ofMillis(2_500)).until(() -> true);
        assertEquals(written, LEDGER.count(row));
        LEDGER.commit("still", fact("still", "5"));
        eventually(5, () -> LEDGER.present("still-kpi").getInteger("value"));
    }

    @Test
    void anAddedSlidingWindowLeavesTheOtherFiguresAsTheyAre() throws Exception {
        LEDGER.node(pack("kept", "kept-kpi: { sum: data.n, of: \"kept:x\", every: 1s, rollups: [day] }"));
        LEDGER.commit("kept", fact("kept", "5"));
        eventually("5 of 1", () -> LEDGER.total("kept-kpi"));
        LEDGER.stopAll();
        // As after the history of a namespace.
        LEDGER.execute("delete from events where type = 'kept:x'");
        LEDGER.node(pack(
                "kept", "kept-kpi: { sum: data.n, of: \"kept:x\", every: 1s, rollups: [day], windows: [5m, 1h] }"));
        LEDGER.commit("kept", fact("kept", "2"));
        eventually("7 of 2", () -> LEDGER.total("kept-kpi"));
        eventually(2, () -> LEDGER.present("kept-kpi")
                .getJsonObject("windows")
                .getJsonObject("1h")
                .getInteger("value"));
    }

    @Test
    void aZoneIsOfNoConsequenceWhereNoDayIsKept() throws Exception {
        String kpi = "zoned-kpi: { sum: data.n, of: \"zoned:x\", every: 1s, windows: [1h] }";
        LEDGER.node(pack("zoned", kpi));
        LEDGER.commit("zoned", fact("zoned", "5"));
        eventually("5 of 1", () -> LEDGER.total("zoned-kpi"));
        LEDGER.stopAll();
        LEDGER.node(pack("zoned", kpi, "Europe/Berlin"));
        eventually("5 of 1", () -> LEDGER.total("zoned-kpi"));
        assertEquals(1, LEDGER.count("select count(*) from kpis where name = 'zoned-kpi'"));
    }

    @Test
    void aZoneThatPostgresDoesntKnowIsNamedAtTheStart() throws Exception {
        LEDGER.execute("create schema dated; create view dated.pg_timezone_names as select text 'UTC' as name");
        String kpi = "far-kpi: { sum: data.n, of: \"far:x\", every: 1s, rollups: [day] }";
        Pool dated = LEDGER.pool("dated, pg_catalog, public");
        try {
            ExecutionException failure = assertThrows(
                    ExecutionException.class,
                    () -> AggregateFixture.await(KpiRegistry.register(dated, pack("far", kpi, "Asia/Tokyo"))));
            assertTrue(String.valueOf(failure.getMessage()).contains("Asia/Tokyo"), failure.toString());
            assertNotNull(AggregateFixture.await(KpiRegistry.register(dated, pack("far", kpi))));
        } finally {
            AggregateFixture.await(dated.close());
        }
    }

    @Test
    void stepsOfAFormerDefinitionAreForgottenToo() throws Exception {
        LEDGER.execute("insert into kpis (name, definition) values ('gone-kpi', 'former')");
        LEDGER.execute("insert into rollups (kpi, period, start, count) select " + id("gone-kpi") + ", period, start, 1"
                + " from unnest('{10s,minute,day}'::text[]) as p (period),"
                + " unnest(array[now() - interval '4 hours', now()]) as s (start)");
        KpiRegistry none = AggregateFixture.await(KpiRegistry.register(LEDGER.pool(), pack("gone", "")));
        var unused =
                AggregateFixture.await(new LiveRepository(LEDGER.vertx(), LEDGER.pool(), LEDGER.pool(), none).forget());
        assertEquals(4, LEDGER.count("select count(*) from rollups where kpi = " + id("gone-kpi")));
    }

    /** From now on PostgreSQL refuses to write such rows. */
    private static void refuse(String table, String operation, String rows) throws Exception {
        LEDGER.execute("create or replace function refuse() returns trigger language plpgsql as"
                + " $$ begin raise exception 'refused'; end $$; create trigger refuses before " + operation + " on "
                + table + " for each row when (" + rows + ") execute function refuse()");
    }

    private static long id(String kpi) throws Exception {
        return LEDGER.count("select max(id)::bigint from kpis where name = '" + kpi + "'");
    }

    private static <T> void eventually(T expected, Callable<T> found) {
        await().atMost(Duration.ofSeconds(15))
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptions()
                .untilAsserted(() -> assertEquals(expected, found.call()));
    }

    private static Fact fact(String area, String number) {
        return new Fact(area + ":x", Instant.now().toString(), "{'n':" + number + "}");
    }

    private static DomainModel pack(String area, String kpis) throws Exception {
        return pack(area, kpis, "UTC");
    }

    private static DomainModel pack(String area, String kpis, String zone) throws Exception {
        return DomainModel.parse(
                area,
                """
                domain: test
                zone: %2$s
                namespaces: { %1$s: { stream: %1$s } }
                types: { "%1$s:x": { namespace: %1$s } }
                kpis:
                """
                                .formatted(area, zone)
                        + kpis.indent(2));
    }
}

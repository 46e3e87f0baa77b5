package io.millrace.aggregate.rollup;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.aggregate.AggregateFixture;
import io.millrace.aggregate.AggregateFixture.Fact;
import io.millrace.contracts.kpi.Rollup;
import io.millrace.domain.DomainModel;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Figures against a real PostgreSQL. Each test has streams and KPIs of its own; where it commits and doesn't publish,
 * nothing but comparing heads says what moved.
 */
@Tag("slow")
@Timeout(120)
class RollupRepositoryTest {
    @RegisterExtension
    static final AggregateFixture LEDGER = new AggregateFixture();

    private static final String NOON = "2026-01-31T12:00:00Z";

    @Test
    void sumsAreExactWhereBinaryNumbersWouldNotBe() throws Exception {
        LEDGER.node(pack("exact", "total: { sum: data.n, of: \"exact:x\", every: 1s }"));
        LEDGER.commit("exact", n("exact", "0.1"), n("exact", "0.2"), n("exact", "12345678901234567890.125"));
        LEDGER.commit("exact", n("exact", "-1e-3"), n("exact", "1E+3"));
        eventually("12345678901234568890.424 of 5", () -> LEDGER.total("exact-total"));
    }

    @Test
    void eachFunctionGivesWhatItSays() throws Exception {
        LEDGER.node(
                pack(
                        "each",
                        """
                sum: { sum: data.n, of: "each:x", every: 1s }
                average: { average: data.n, of: "each:x", every: 1s }
                least: { min: data.n, of: "each:x", every: 1s }
                greatest: { max: data.n, of: "each:x", every: 1s }
                all: { count: "*", of: "each:x", every: 1s }
                named: { count: data.who.name, of: "each:x", every: 1s }
                people: { distinct: data.who.name, of: "each:x", every: 1s }"""));
        eventually("0 of 0", () -> LEDGER.total("each-sum"));
        assertEquals("0 of 0", LEDGER.total("each-people"));
        assertEquals("null of 0", LEDGER.total("each-average"));
        LEDGER.commit(
                "each",
                fact("each", "{'n':1,'who':{'name':'ann'}}"),
                fact("each", "{'n':2,'who':{'name':'bob'}}"),
                fact("each", "{'n':-5.5,'who':{'name':'ann'}}"),
                new Fact("each:y", NOON, "{'n':1000,'who':{'name':'eve'}}"));
        eventually("3 of 3", () -> LEDGER.total("each-all"));
        assertEquals("-2.5 of 3", LEDGER.total("each-sum"));
        assertEquals(0, new BigDecimal("-0.8333").compareTo(rounded(LEDGER.total("each-average"))));
        assertEquals("-5.5 of 3", LEDGER.total("each-least"));
        assertEquals("2 of 3", LEDGER.total("each-greatest"));
        assertEquals("3 of 3", LEDGER.total("each-named"));
        assertEquals("2 of 2", LEDGER.total("each-people"));
    }

    @Test
    void whatIsMissingOrOfTheWrongKindCountsAsNothing() throws Exception {
        LEDGER.node(
                pack(
                        "odd",
                        """
                sum: { sum: data.n, of: "odd:x", every: 1s }
                average: { average: data.n, of: "odd:x", every: 1s }
                named: { count: data.n, of: "odd:x", every: 1s }
                all: { count: "*", of: "odd:x", every: 1s }
                kinds: { distinct: data.n, of: "odd:x", every: 1s }"""));
        LEDGER.commit(
                "odd",
                n("odd", "4"),
                fact("odd", "{}"),
                n("odd", "null"),
                n("odd", "'17'"),
                n("odd", "true"),
                n("odd", "[1]"),
                n("odd", "{'n':1}"),
                n("odd", "1e-99999999"),
                n("odd", "1e40"),
                n("odd", "'\\u0000'"),
                n("odd", "'" + "long ".repeat(2_000) + "'"),
                n("odd", "6"));
        eventually("12 of 12", () -> LEDGER.total("odd-all"));
        assertEquals("10 of 2", LEDGER.total("odd-sum"));
        assertEquals("5 of 2", LEDGER.total("odd-average"));
        // Those that are there, but for null and what PostgreSQL can't look into.
        assertEquals("9 of 9", LEDGER.total("odd-named"));
        // 4, "17", true, both numbers beyond all bounds, the long one, 6.
        assertEquals("7 of 7", LEDGER.total("odd-kinds"));
    }

    @Test
    void anEventBelongsToThePeriodInWhichItHappenedHoweverLateItComes() throws Exception {
        LEDGER.node(pack("late", "sum: { sum: data.n, of: \"late:x\", every: 1s, rollups: [day, week, month] }"));
        // A Sunday and the Monday after it, by UTC, though the sender is two hours ahead.
        LEDGER.commit(
                "late",
                new Fact("late:x", "2026-03-02T01:59:59.999999+02:00", "{'n':1}"),
                new Fact("late:x", "2026-03-02T02:00:00+02:00", "{'n':10}"));
        eventually("11 of 2", () -> LEDGER.total("late-sum"));
        LEDGER.commit("late", new Fact("late:x", "2026-02-23T00:00:00Z", "{'n':100}"));
        eventually("111 of 3", () -> LEDGER.total("late-sum"));

        assertEquals(
                rows("2026-02-23", "100 of 1", "2026-03-01", "1 of 1", "2026-03-02", "10 of 1"),
                LEDGER.by(Rollup.DAY, "late-sum"));
        assertEquals(rows("2026-02-23", "101 of 2", "2026-03-02", "10 of 1"), LEDGER.by(Rollup.WEEK, "late-sum"));
        assertEquals(rows("2026-02-01", "100 of 1", "2026-03-01", "11 of 2"), LEDGER.by(Rollup.MONTH, "late-sum"));
    }

    @Test
    void manyDistinctValuesAreCountedWithinTheStatedErrorAndOnce() throws Exception {
        LEDGER.node(
                pack(
                        "crowd",
                        """
                all: { count: "*", of: "crowd:x", every: 1s }
                people: { distinct: data.who, of: "crowd:x", every: 1s, rollups: [day] }"""));
        LEDGER.commit("crowd", crowd(0, 400));
        eventually("400 of 400", () -> LEDGER.total("crowd-people"));
        LEDGER.commit("crowd", crowd(300, 3_000));
        await().atMost(Duration.ofSeconds(30))
                .until(() -> LEDGER.total("crowd-all").equals("3100 of 3100"));
        String all = LEDGER.total("crowd-people");
        double count = Double.parseDouble(all.substring(0, all.indexOf(' ')));
        assertEquals(3_000, count, 3_000 * 5 * 0.012);
        assertEquals(rows("2026-01-31", all), LEDGER.by(Rollup.DAY, "crowd-people"));
        assertEquals(
                4_097,
                LEDGER.count("select max(length(sketch)) from rollups r join kpis k on k.id = r.kpi"
                        + " where k.name = 'crowd-people'"));
    }

    private static Fact[] crowd(int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(i -> said("crowd", 1, "u" + i))
                .toArray(Fact[]::new);
    }

    @Test
    void theNewestPeriodsOfAStretchComeOldestFirst() throws Exception {
        LEDGER.node(pack("paged", "all: { count: \"*\", of: \"paged:x\", every: 1s, rollups: [day] }"));
        for (int day = 1; day <= 9; day++) {
            LEDGER.commit("paged", new Fact("paged:x", "2026-05-0" + day + "T10:00:00Z", "{}"));
        }
        eventually("9 of 9", () -> LEDGER.total("paged-all"));
        Instant third = Instant.parse("2026-05-03T00:00:00Z");
        Instant seventh = Instant.parse("2026-05-07T00:00:00Z");
        assertEquals(
                List.of("2026-05-03", "2026-05-04", "2026-05-05", "2026-05-06"),
                List.copyOf(
                        LEDGER.by(Rollup.DAY, "paged-all", third, seventh, 10).keySet()));
        assertEquals(
                List.of("2026-05-05", "2026-05-06"),
                List.copyOf(
                        LEDGER.by(Rollup.DAY, "paged-all", third, seventh, 2).keySet()));
    }

    @Test
    void severalNodesCountManyStreamsOnce() throws Exception {
        DomainModel domains = keyedPack("room");
        for (int i = 0; i < 3; i++) {
            LEDGER.node(domains);
        }
        for (int round = 0; round < 20; round++) {
            for (int room = 0; room < 5; room++) {
                LEDGER.publish("room:" + room, said("room", 1, "u" + round), said("room", 2, "u" + room));
            }
        }
        eventually("300 of 200", () -> LEDGER.total("room-sum"));
        assertEquals("20 of 20", LEDGER.total("room-people"));
        assertEquals(rows("2026-01-31", "300 of 200"), LEDGER.by(Rollup.DAY, "room-sum"));
    }

    @Test
    void aRestartGoesOnWhereTheLastPageEnded() throws Exception {
        DomainModel domains = keyedPack("again");
        LEDGER.node(domains);
        int written = 0;
        for (int restart = 0; restart < 3; restart++) {
            for (int i = 0; i < 30; i++) {
                LEDGER.publish("again:1", said("again", 1, "u" + i), said("again", 1, "u" + i));
                written += 2;
            }
            LEDGER.stopAll();
            LEDGER.node(domains);
        }
        String all = written + " of " + written;
        eventually(all, () -> LEDGER.total("again-sum"));
        assertEquals("30 of 30", LEDGER.total("again-people"));
    }

    @Test
    void whatPostgresCommittedIsCountedOnceThoughItCrashes() throws Exception {
        DomainModel domains = keyedPack("crash");
        LEDGER.node(domains);
        LEDGER.node(domains);
        for (int i = 0; i < 50; i++) {
            LEDGER.publish("crash:1", said("crash", 1, "u" + i), said("crash", 1, "u"));
        }
        LEDGER.crashPostgres();
        eventually("100 of 100", () -> LEDGER.total("crash-sum"));
        LEDGER.commit("crash:1", said("crash", 1, "v"));
        eventually("101 of 101", () -> LEDGER.total("crash-sum"));
        assertEquals("52 of 52", LEDGER.total("crash-people"));
    }

    @Test
    void aNewOrChangedKpiStartsWithTheFirstEvent() throws Exception {
        LEDGER.node(pack("grown", "one: { sum: data.n, of: \"grown:x\", every: 1s }"));
        LEDGER.commit("grown", n("grown", "1"), n("grown", "2"));
        eventually("3 of 2", () -> LEDGER.total("grown-one"));
        LEDGER.stopAll();
        LEDGER.commit("grown", n("grown", "4"));
        LEDGER.node(
                pack(
                        "grown",
                        """
                one: { sum: data.n, of: "grown:x", every: 9s }
                two: { count: data.n, of: "grown:x", every: 1s, rollups: [month] }"""));
        eventually("7 of 3", () -> LEDGER.total("grown-one"));
        eventually("3 of 3", () -> LEDGER.total("grown-two"));
        assertEquals(rows("2026-01-01", "3 of 3"), LEDGER.by(Rollup.MONTH, "grown-two"));
        LEDGER.stopAll();
        LEDGER.node(pack("grown", "one: { max: data.n, of: \"grown:x\", every: 1s }"));
        eventually("4 of 3", () -> LEDGER.total("grown-one"));
        assertEquals("", LEDGER.total("grown-two"), "no longer in the pack");
    }

    private static void eventually(String expected, Callable<String> figure) {
        await().atMost(Duration.ofSeconds(15))
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptions()
                .untilAsserted(() -> assertEquals(expected, figure.call()));
    }

    private static BigDecimal rounded(String total) {
        return new BigDecimal(total.substring(0, total.indexOf(' '))).setScale(4, RoundingMode.HALF_UP);
    }

    private static Map<String, String> rows(String... startsAndTotals) {
        Map<String, String> rows = new LinkedHashMap<>();
        for (int i = 0; i < startsAndTotals.length; i += 2) {
            rows.put(startsAndTotals[i], startsAndTotals[i + 1]);
        }
        return rows;
    }

    private static Fact n(String area, String number) {
        return fact(area, "{'n':" + number + "}");
    }

    private static Fact said(String area, int number, String who) {
        return fact(area, "{'n':" + number + ",'who':'" + who + "'}");
    }

    private static Fact fact(String area, String data) {
        return new Fact(area + ":x", NOON, data);
    }

    /** One stream, two types, and KPIs whose names begin with the area's. */
    private static DomainModel pack(String area, String kpis) throws Exception {
        return DomainModel.parse(
                area,
                """
                domain: test
                namespaces: { %1$s: { stream: %1$s } }
                types: { "%1$s:x": { namespace: %1$s }, "%1$s:y": { namespace: %1$s } }
                kpis:
                """
                                .formatted(area)
                        + kpis.lines()
                                .map(line -> "  " + area + "-" + line + "\n")
                                .reduce("", String::concat));
    }

    /** Many streams, one figure. */
    private static DomainModel keyedPack(String area) throws Exception {
        return DomainModel.parse(
                area,
                """
                domain: test
                namespaces: { %1$s: { stream: "%1$s:{data.room}" } }
                types: { "%1$s:x": { namespace: %1$s } }
                kpis:
                  %1$s-sum: { sum: data.n, of: "%1$s:x", every: 1s, rollups: [day, week] }
                  %1$s-people: { distinct: data.who, of: "%1$s:x", every: 1s, rollups: [day, week] }
                """
                        .formatted(area));
    }
}

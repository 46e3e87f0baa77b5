package io.millrace.aggregate.live;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.aggregate.AggregateFixture;
import io.millrace.aggregate.AggregateFixture.Fact;
import io.millrace.aggregate.rollup.KpiRegistry;
import io.millrace.contracts.kpi.Rollup;
import io.millrace.domain.DomainModel;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Days, weeks and months in the time zone of a pack, those with a change to or from summer time among them. */
@Tag("slow")
@Timeout(60)
class CalendarTest {
    @RegisterExtension
    static final AggregateFixture LEDGER = new AggregateFixture();

    /** The last moment and the first of a local day; 29 March has 23 hours in Berlin, 25 October 25. */
    @ParameterizedTest
    @CsvSource({
        "spring, Europe/Berlin, 2026-03-28T23:00:00Z, 2026-03-29T22:00:00Z",
        "autumn, Europe/Berlin, 2026-10-24T22:00:00Z, 2026-10-25T23:00:00Z",
        "west, America/New_York, 2026-03-08T05:00:00Z, 2026-03-09T04:00:00Z",
        "half, Asia/Kolkata, 2026-05-09T18:30:00Z, 2026-05-10T18:30:00Z",
        "plain, UTC, 2026-03-29T00:00:00Z, 2026-03-30T00:00:00Z",
    })
    void aDayBeginsWhenItsPlaceSaysSo(String area, String zone, String start, String next) throws Exception {
        DomainModel domains = pack(area, zone);
        LEDGER.node(domains);
        OffsetDateTime from = OffsetDateTime.parse(start);
        OffsetDateTime to = OffsetDateTime.parse(next);
        LEDGER.commit(
                area,
                fact(area, from.minusNanos(1_000), 1),
                fact(area, from, 10),
                fact(area, to.minusNanos(1_000), 100),
                fact(area, to, 1_000));
        await().atMost(Duration.ofSeconds(15))
                .until(() -> LEDGER.total(area + "-sum").equals("1111 of 4"));

        Map<String, String> days = LEDGER.starts(Rollup.DAY, area + "-sum");
        assertEquals("110", days.get(start));
        assertEquals("1000", days.get(next));
        assertEquals(List.of("1", "110", "1000"), List.copyOf(days.values()));

        // The day is under way, then over: the one before is whole.
        JsonObject today = window(domains, area, to.minusHours(1), "today");
        assertEquals(start, today.getString("start"));
        assertEquals(110, today.getInteger("value"));
        assertEquals(1, today.getInteger("before"));
        JsonObject tomorrow = window(domains, area, to, "today");
        assertEquals(next, tomorrow.getString("start"));
        assertEquals(1_000, tomorrow.getInteger("value"));
        assertEquals(110, tomorrow.getInteger("before"));
        assertEquals(890, tomorrow.getInteger("change"));
    }

    @Test
    void aWeekBeginsOnMondayAndAMonthOnItsFirstByThatPlacesClocks() throws Exception {
        DomainModel domains = pack("tokyo", "Asia/Tokyo");
        LEDGER.node(domains);
        // Sunday 1 March 2026, 00:00 in Tokyo, and Monday the 2nd.
        OffsetDateTime month = OffsetDateTime.parse("2026-02-28T15:00:00Z");
        OffsetDateTime week = OffsetDateTime.parse("2026-03-01T15:00:00Z");
        LEDGER.commit(
                "tokyo",
                fact("tokyo", month.minusNanos(1_000), 1),
                fact("tokyo", month, 10),
                fact("tokyo", week.minusNanos(1_000), 100),
                fact("tokyo", week, 1_000));
        await().atMost(Duration.ofSeconds(15))
                .until(() -> LEDGER.total("tokyo-sum").equals("1111 of 4"));

        assertEquals(
                Map.of("2026-02-22T15:00:00Z", "111", "2026-03-01T15:00:00Z", "1000"),
                LEDGER.starts(Rollup.WEEK, "tokyo-sum"));
        assertEquals(
                Map.of("2026-01-31T15:00:00Z", "1", "2026-02-28T15:00:00Z", "1110"),
                LEDGER.starts(Rollup.MONTH, "tokyo-sum"));
        JsonObject thisWeek = window(domains, "tokyo", week.plusDays(2), "week");
        assertEquals(1_000, thisWeek.getInteger("value"));
        assertEquals(111, thisWeek.getInteger("before"));
        JsonObject thisMonth = window(domains, "tokyo", week.plusDays(2), "month");
        assertEquals("2026-02-28T15:00:00Z", thisMonth.getString("start"));
        assertEquals(1_110, thisMonth.getInteger("value"));
        assertEquals(1, thisMonth.getInteger("before"));
    }

    /** There summer time ends at midnight, so that comes twice. */
    @ParameterizedTest
    @CsvSource({
        "azores, Atlantic/Azores, today, 2026-10-24T12:00:00Z, 2026-10-25T12:00:00Z",
        "havana-day, America/Havana, today, 2026-10-31T12:00:00Z, 2026-11-01T12:00:00Z",
        "havana, America/Havana, month, 2026-10-15T12:00:00Z, 2026-11-15T12:00:00Z",
    })
    void aPeriodWhoseMidnightComesTwiceIsComparedWithTheOneBefore(
            String area, String zone, String name, String earlier, String now) throws Exception {
        DomainModel domains = pack(area, zone);
        LEDGER.node(domains);
        LEDGER.commit(area, fact(area, OffsetDateTime.parse(earlier), 1), fact(area, OffsetDateTime.parse(now), 10));
        await().atMost(Duration.ofSeconds(15))
                .until(() -> LEDGER.total(area + "-sum").equals("11 of 2"));
        JsonObject shown = window(domains, area, OffsetDateTime.parse(now), name);
        assertEquals(10, shown.getInteger("value"));
        assertEquals(1, shown.getInteger("before"));
    }

    /** A window as it was, or will be, at a moment. */
    private static JsonObject window(DomainModel domains, String area, OffsetDateTime at, String name)
            throws Exception {
        KpiRegistry figures = AggregateFixture.await(KpiRegistry.register(LEDGER.pool(), domains));
        LiveRepository live = new LiveRepository(LEDGER.vertx(), LEDGER.pool(), LEDGER.pool(), figures);
        LiveValue value = AggregateFixture.await(live.values(LEDGER.pool(), figures.named(List.of(area + "-sum")), at))
                .values()
                .iterator()
                .next();
        return new JsonObject(Objects.requireNonNull(value.changed(null, null)))
                .getJsonObject("windows")
                .getJsonObject(name);
    }

    private static Fact fact(String area, OffsetDateTime at, int number) {
        return new Fact(area + ":x", at.toString(), "{'n':" + number + "}");
    }

    private static DomainModel pack(String area, String zone) throws Exception {
        return DomainModel.parse(
                area,
                """
                domain: test
                zone: %2$s
                namespaces: { %1$s: { stream: %1$s } }
                types: { "%1$s:x": { namespace: %1$s } }
                kpis:
                  %1$s-sum:
                    { sum: data.n, of: "%1$s:x", every: 1s, rollups: [day, week, month], windows: [today, week, month] }
                """
                        .formatted(area, zone));
    }
}

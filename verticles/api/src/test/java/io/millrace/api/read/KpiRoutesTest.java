package io.millrace.api.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.millrace.api.ApiFixture;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.kpi.KpiQuery;
import io.millrace.contracts.kpi.KpiRows;
import io.millrace.contracts.kpi.Rollup;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the API asks of the aggregate stage for whom, and how the answer reads. */
@SuppressWarnings("NullAway.Init")
class KpiRoutesTest {
    private static final Instant DAY = Instant.parse("2026-01-31T00:00:00Z");
    private static ApiFixture fixture;
    private static volatile @Nullable KpiQuery asked;

    @BeforeAll
    static void start() throws Exception {
        fixture = new ApiFixture(
                """
                domain: test
                namespaces:
                  orders: { stream: orders }
                  rooms: { stream: "room:{data.room}", access: { claim: rooms } }
                types:
                  "order:created": { namespace: orders, owner: data.who }
                  "room:said": { namespace: rooms }
                roles:
                  admin: { see: ["*"] }
                  customer: { see: ["order:* own"] }
                kpis:
                  revenue: { sum: data.total, of: "order:created", every: 1s, rollups: [day, week] }
                  average: { average: data.total, of: "order:created", every: 1s }
                  sayings: { count: "*", of: "room:said", every: 1s, rollups: [day] }
                """,
                "api.rollups.max",
                "50");
        fixture.serve(Addresses.KPIS, KpiRoutesTest::aggregate);
    }

    @AfterAll
    static void stop() throws Exception {
        fixture.close();
    }

    private static Future<KpiRows> aggregate(KpiQuery query) {
        asked = query;
        return Future.succeededFuture(new KpiRows(
                query.by() == null
                        ? List.of(new KpiRows.Row("revenue", 0, 2, "12345678901234567890.125"))
                        : List.of(new KpiRows.Row("revenue", DAY.getEpochSecond() * 1_000_000, 1, "-0.5"))));
    }

    @Test
    void everyKpiThatMayBeSeenComesWithItsTotal() {
        ApiResponse answer = api("admin").get("/api/kpis");

        assertEquals(200, answer.status(), answer::toString);
        assertEquals(KpiQuery.totals(List.of("revenue", "average")), asked);
        assertEquals(
                "{\"kpis\":[{\"name\":\"revenue\",\"function\":\"sum\",\"type\":\"order:created\",\"every\":1000,\"rollups\":[\"day\",\"week\"],"
                        + "\"count\":2,\"value\":12345678901234567890.125},"
                        + "{\"name\":\"average\",\"function\":\"average\",\"type\":\"order:created\",\"every\":1000,\"rollups\":[],"
                        + "\"count\":0,\"value\":null}]}",
                answer.body());
    }

    @Test
    void aClientThatSeesOnlyItsOwnEventsSeesNoKpiOfAll() {
        assertEquals(
                new JsonObject().put("kpis", new JsonArray()),
                api("customer").get("/api/kpis").json());
        ApiResponse answer = api("customer").get("/api/kpis/revenue?by=day");
        assertEquals(403, answer.status());
        assertEquals("permission_denied", answer.json().getString("code"));
        assertEquals(401, fixture.anonymous().get("/api/kpis/revenue?by=day").status());
    }

    @Test
    void aKpiOverStreamsThatNeedAClaimIsHidden() {
        assertEquals(403, api("admin").get("/api/kpis/sayings?by=day").status());
    }

    @Test
    void aKpiIsReadByItsPeriods() {
        ApiResponse answer =
                api("admin").get("/api/kpis/revenue?by=week&from=2026-01-01T00:00:00Z&to=2026-02-01T02:00:00%2B02:00");

        assertEquals(200, answer.status(), answer::toString);
        assertEquals(
                new KpiQuery(
                        List.of("revenue"),
                        Rollup.WEEK,
                        Instant.parse("2026-01-01T00:00:00Z").getEpochSecond() * 1_000_000,
                        Instant.parse("2026-02-01T00:00:00Z").getEpochSecond() * 1_000_000,
                        50),
                asked);
        assertEquals("week", answer.json().getString("by"));
        JsonObject row = answer.json().getJsonArray("rows").getJsonObject(0);
        assertEquals("2026-01-31T00:00:00Z", row.getString("start"));
        assertEquals(1, row.getInteger("count"));
        assertEquals(-0.5, row.getDouble("value"));
    }

    @Test
    void withoutAStretchAllTimesAreAskedFor() {
        assertEquals(200, api("admin").get("/api/kpis/revenue?by=day").status());
        KpiQuery query = asked;
        assertNotNull(query);
        assertEquals(-62_167_219_200_000_000L, query.fromMicros());
        assertEquals(253_402_300_799_000_000L, query.toMicros());
    }

    @ParameterizedTest
    @CsvSource({
        "/api/kpis/revenue, 400",
        "/api/kpis/revenue?by=month, 400",
        "/api/kpis/revenue?by=, 400",
        "/api/kpis/average?by=day, 400",
        "/api/kpis/revenue?by=day&from=yesterday, 400",
        "/api/kpis/revenue?by=day&to=2026-01-31, 400",
        "/api/kpis/revenue?by=day&to=%2B12026-01-31T00:00:00Z, 400",
        "/api/kpis/profit?by=day, 404",
    })
    void whatCantBeAnsweredIsSaidToBeSo(String path, int status) {
        asked = null;
        ApiResponse answer = api("admin").get(path);
        assertEquals(status, answer.status(), answer::toString);
        assertEquals("application/problem+json", answer.header("Content-Type"));
        assertEquals(status == 404 ? "not_found" : "bad_message", answer.json().getString("code"));
        assertNull(asked);
    }

    private static ApiClient api(String role) {
        return fixture.api("u-1", role);
    }
}

package io.millrace.api.query;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.millrace.api.ApiFixture;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.kpi.KpiQuery;
import io.millrace.contracts.kpi.KpiRows;
import io.millrace.contracts.kpi.KpiValues;
import io.millrace.contracts.kpi.KpiValuesQuery;
import io.millrace.contracts.kpi.Rollup;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
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
    private static final Instant DAY = Instant.parse("2026-01-30T23:00:00Z");
    private static final String PACK =
            """
            domain: test
            zone: Europe/Berlin
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
            """;
    private static ApiFixture fixture;
    private static volatile @Nullable KpiQuery asked;

    @BeforeAll
    static void start() throws Exception {
        fixture = new ApiFixture(PACK, "api.rollups.max", "50");
        fixture.serve(Addresses.KPIS, KpiRoutesTest::periods);
        fixture.serve(Addresses.KPI_VALUES, KpiRoutesTest::values);
    }

    @AfterAll
    static void stop() throws Exception {
        fixture.close();
    }

    private static Future<KpiRows> periods(KpiQuery query) {
        asked = query;
        return Future.succeededFuture(
                new KpiRows(List.of(new KpiRows.Row("revenue", DAY.getEpochSecond() * 1_000_000, 1, "-0.5"))));
    }

    private static Future<KpiValues> values(KpiValuesQuery query) {
        assertEquals(List.of("revenue", "average"), query.kpis());
        String data =
                """
                {"kpi":"revenue","value":12345678901234567890.125,"count":2,
                "windows":{"today":{"value":0.1,"before":null}},"change":-1}""";
        return Future.succeededFuture(new KpiValues(List.of(new KpiValues.Value(
                "revenue", DAY.getEpochSecond() * 1_000_000, data.getBytes(StandardCharsets.UTF_8)))));
    }

    @Test
    void everyKpiThatMayBeSeenComesWithItsPresentValue() {
        ApiResponse answer = api("admin").get("/api/kpis");

        assertEquals(200, answer.status(), answer::toString);
        assertEquals(
                "{\"kpis\":[{\"name\":\"revenue\",\"function\":\"sum\",\"type\":\"order:created\",\"every\":1000,\"rollups\":[\"day\",\"week\"],"
                        + "\"zone\":\"Europe/Berlin\",\"value\":12345678901234567890.125,\"count\":2,"
                        + "\"windows\":{\"today\":{\"value\":0.1,\"before\":null}},\"change\":-1,"
                        + "\"at\":\"2026-01-30T23:00:00Z\"},"
                        + "{\"name\":\"average\",\"function\":\"average\",\"type\":\"order:created\",\"every\":1000,\"rollups\":[],"
                        + "\"zone\":\"Europe/Berlin\",\"count\":null,\"value\":null}]}",
                answer.body());
    }

    @Test
    void totalsComeFromNodesOfTheReleaseBeforeWhileThereAreNoOthers() throws Exception {
        try (ApiFixture before = new ApiFixture(PACK)) {
            before.serve(
                    Addresses.KPIS,
                    query -> Future.succeededFuture(new KpiRows(
                            List.of(new KpiRows.Row(query.kpis().get(0), 0, 2, query.by() == null ? "1.50" : "0")))));
            JsonArray kpis = before.api("u-1", "admin").get("/api/kpis").json().getJsonArray("kpis");
            assertEquals(
                    List.of("revenue 1.5 2", "average null 0"),
                    kpis.stream()
                            .map(JsonObject.class::cast)
                            .map(kpi ->
                                    kpi.getString("name") + " " + kpi.getValue("value") + " " + kpi.getValue("count"))
                            .toList());
        }
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
        assertEquals("2026-01-30T23:00:00Z", row.getString("start"));
        assertEquals("2026-01-31", row.getString("date"));
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

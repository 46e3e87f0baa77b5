package io.millrace.sources.postgres;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.text.ClientJson;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.TimeZone;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Values as a user expects them, from a snapshot and from the log alike. The table of the page is this one. */
@Tag("slow")
@Timeout(120)
@SuppressWarnings("NullAway.Init")
class PostgresValuesTest {
    private static final TimeZone ZONE = TimeZone.getDefault();
    private static PostgresFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        // pgjdbc gives its sessions the zone of the JVM.
        TimeZone.setDefault(TimeZone.getTimeZone("Asia/Kathmandu"));
        fixture = new PostgresFixture();
    }

    @AfterAll
    static void stop() throws Exception {
        TimeZone.setDefault(ZONE);
        fixture.close();
    }

    @AfterEach
    void forget() throws Exception {
        fixture.forget();
    }

    /** Type, value in SQL, value in the document. */
    private static final String[][] VALUES = {
        {"boolean", "true", "true"},
        {"smallint", "-7", "-7"},
        {"bigint", "9223372036854775807", "9223372036854775807"},
        {"numeric(10,2)", "19.90", "19.90"},
        {"numeric", "12345678901234567890.123456789", "12345678901234567890.123456789"},
        {"numeric", "'NaN'", "\"NaN\""},
        {"numeric", "'-Infinity'", "\"-Infinity\""},
        {"numeric", "1e400", "\"1" + "0".repeat(400) + "\""},
        {"double precision", "0.1", "0.1"},
        {"double precision", "1e300", "1e+300"},
        {"double precision", "'NaN'", "\"NaN\""},
        {"real", "1.1", "1.1"},
        {"money", "-1234.5", "-1234.50"},
        {"text", "'O''Brien \"x\" \\ ü𝄞'", "\"O'Brien \\\"x\\\" \\\\ ü𝄞\""},
        {"char(5)", "'ab'", "\"ab   \""},
        {"date", "'2026-01-31'", "\"2026-01-31\""},
        {"date", "'infinity'", "\"infinity\""},
        {"date", "'0044-03-15 BC'", "\"0044-03-15 BC\""},
        {"timestamp", "'2026-01-31 09:30:00.123456'", "\"2026-01-31T09:30:00.123456\""},
        {"timestamp", "'-infinity'", "\"-infinity\""},
        {"timestamptz", "'2026-01-31 09:30:00.5+05:45'", "\"2026-01-31T03:45:00.5Z\""},
        {"timestamptz", "'infinity'", "\"infinity\""},
        {"timestamptz", "'294276-12-31 23:59:59+00'", "\"294276-12-31T23:59:59Z\""},
        {"time", "'09:30:00.25'", "\"09:30:00.25\""},
        {"time", "'24:00'", "\"24:00:00\""},
        {"timetz", "'24:00+02'", "\"24:00:00+02\""},
        {"interval", "'1 year 2 months 3 days 04:05:06.7'", "\"P1Y2M3DT4H5M6.7S\""},
        {"interval", "'-1 mon +1 day'", "\"P-1M1D\""},
        {"json", "'{\"a\": [1, 2.50]}'", "{\"a\":[1,2.50]}"},
        {"jsonb", "'{\"b\": null}'", "{\"b\":null}"},
        {"bytea", "'\\x00ff'", "\"\\\\x00ff\""},
        {"uuid", "'0192f0c4-0000-7000-8000-000000000001'", "\"0192f0c4-0000-7000-8000-000000000001\""},
        {"mood", "'sad'", "\"sad\""},
        {"price", "3.50", "3.50"},
        {"bit(4)", "b'1010'", "\"1010\""},
        {"inet", "'10.0.0.1/24'", "\"10.0.0.1/24\""},
        {"tstzrange", "'[2026-01-01 00:00+00,)'", "\"[\\\"2026-01-01 00:00:00+00\\\",)\""},
        {"point", "'(1,2.5)'", "\"(1,2.5)\""},
        {"int[]", "'{1,NULL,3}'", "[1,null,3]"},
        {"int[]", "'{{1,2},{3,4}}'", "[[1,2],[3,4]]"},
        {"int[]", "'[0:1]={7,8}'", "[7,8]"},
        {"int[]", "'{}'", "[]"},
        {"text[]", "array['a,b', 'NULL', '\"', null, '{}']", "[\"a,b\",\"NULL\",\"\\\"\",null,\"{}\"]"},
        {"numeric[]", "'{1.50,NaN}'", "[1.50,\"NaN\"]"},
        {"timestamptz[]", "'{2026-01-31 09:30:00+00}'", "[\"2026-01-31T09:30:00Z\"]"},
        {"jsonb[]", "array['{\"a\": \"x\"}'::jsonb]", "[{\"a\":\"x\"}]"},
        {"mood[]", "'{sad,happy}'", "[\"sad\",\"happy\"]"},
        {"price[]", "\'{1.5}\'", "[\"1.50\"]"},
        {"box[]", "'{(1,1),(0,0);(2,2),(1,1)}'", "[\"(1,1),(0,0)\",\"(2,2),(1,1)\"]"},
        {"tsvector", "'fat cat'", "\"'cat' 'fat'\""},
        {"pair", "row(1, 'x')", "\"(1,x)\""},
        {"pair", "row(null, 'a, \"b\"')", "\"(,\\\"a, \\\"\\\"b\\\"\\\"\\\")\""},
        {"int4range", "'[1,5]'", "\"[1,6)\""},
        {"int4multirange", "'{[1,3),[5,7)}'", "\"{[1,3),[5,7)}\""},
        {"hstore", "'a=>1, b=>NULL'", "{\"a\":\"1\",\"b\":null}"},
        {"ltree", "'Top.Science'", "\"Top.Science\""},
        {"ltree[]", "'{Top.Science,Top}'", "[\"Top.Science\",\"Top\"]"},
        {"citext", "'ÄB c'", "\"ÄB c\""},
        {"citext[]", "'{ÄB,c}'", "[\"ÄB\",\"c\"]"},
        {"email", "'A@b.de'", "\"A@b.de\""},
        {"moods", "'{sad}'", "[\"sad\"]"},
        {"flag", "true", "true"},
        {"document", "'{\"a\": 1.0}'", "{\"a\":1.0}"},
        {"moment", "'2026-01-31 09:30:00+05:45'", "\"2026-01-31T03:45:00Z\""},
    };

    @Test
    void aValueIsTheSameFromASnapshotAndFromTheLog() throws Exception {
        fixture.sql(
                "create type mood as enum ('sad', 'happy')",
                "create domain price as numeric(6, 2)",
                "create type pair as (a int, b text)",
                "create extension hstore",
                "create extension ltree",
                "create extension citext",
                "create domain email as citext check (value like '%@%')",
                "create domain moods as mood[]",
                "create domain flag as boolean",
                "create domain document as jsonb",
                "create domain moment as timestamptz");
        List<String> columns = new ArrayList<>();
        List<String> values = new ArrayList<>();
        StringBuilder json = new StringBuilder("{\"id\":1");
        for (int i = 0; i < VALUES.length; i++) {
            columns.add("c" + i + " " + VALUES[i][0]);
            values.add(VALUES[i][1]);
            json.append(",\"c").append(i).append("\":").append(VALUES[i][2]);
        }
        ObjectNode expected = ClientJson.object("the row", json.append('}').toString());
        fixture.sql(
                "create table orders (id int primary key, " + String.join(", ", columns) + ")",
                "insert into orders values (1, " + String.join(", ", values) + ")");
        PostgresFixture.Node node = fixture.node(PostgresChangesTest.ORDERS);
        await().until(node::isRunning);
        await().until(() -> fixture.events().size() == 1);
        fixture.sql("delete from orders", "insert into orders values (1, " + String.join(", ", values) + ")");
        await().until(() -> fixture.events().size() == 3);
        assertRow(expected, fixture.texts().get(0), "snapshot");
        assertRow(expected, fixture.texts().get(2), "log");
        assertEquals(List.of(), fixture.dead);
    }

    private static void assertRow(ObjectNode expected, String event, String from) {
        JsonNode row = ClientJson.object("the event", event).at("/data/change/after");
        for (int i = 0; i < VALUES.length; i++) {
            JsonNode value = expected.get("c" + i);
            JsonNode told = row.path("c" + i);
            boolean same = value.isNumber() && told.isNumber()
                    ? value.decimalValue().compareTo(told.decimalValue()) == 0
                    : value.equals(told);
            assertTrue(same, from + ": " + VALUES[i][0] + " " + VALUES[i][1] + " is " + told);
        }
    }

    @Test
    void whatPostgresDoesNotTellIsLeftOut() throws Exception {
        fixture.sql(
                "create table orders (id int primary key, n int not null default 7, body text, numbers int[],"
                        + " big numeric, total int generated always as (n * 2) stored)",
                "alter table orders alter body set storage external, alter numbers set storage external",
                "create table facts (id int primary key, body text, n int not null)",
                "alter table facts alter body set storage external",
                "alter table facts replica identity full");
        PostgresFixture.Node node = fixture.node("tables: [orders, facts]\ncreate: true");
        await().until(node::isRunning);
        fixture.sql(
                "insert into orders values (1, 1, repeat('x', 9000), array_fill(5, array[3000]), null)",
                "update orders set n = 2 where id = 1",
                "delete from orders where id = 1",
                "insert into facts values (1, repeat('y', 9000), 1)",
                "update facts set n = 2 where id = 1",
                "delete from facts where id = 1");
        await().until(() -> fixture.events().size() == 6);
        JsonObject inserted = fixture.changes().get(0).getJsonObject("after");
        assertEquals(3_000, inserted.getJsonArray("numbers").size());
        assertFalse(inserted.containsKey("total"), "generated columns aren't published");
        JsonObject update = fixture.changes().get(1);
        assertEquals(new JsonArray().add("body").add("numbers"), update.getJsonArray("unchanged"));
        assertEquals(new JsonObject().put("id", 1).put("n", 2).putNull("big"), update.getJsonObject("after"));
        assertFalse(update.containsKey("before"), "only a full replica identity tells it");
        assertEquals(
                new JsonObject().put("id", 1),
                fixture.changes().get(2).getJsonObject("before"),
                "no value is invented for n");
        JsonObject full = fixture.changes().get(4);
        assertEquals(9_000, full.getJsonObject("after").getString("body").length(), "it is known from the row before");
        assertEquals(1, full.getJsonObject("before").getInteger("n"));
        assertEquals(2, fixture.changes().get(5).getJsonObject("before").getInteger("n"));
    }

    @Test
    void generatedColumnsThatArePublishedAreToldBothWays() throws Exception {
        fixture.sql(
                "create table orders (id int primary key, n int, total int generated always as (n * 2) stored)",
                "insert into orders values (1, 2)",
                "create publication millrace_shop for table orders with (publish_generated_columns = stored)");
        fixture.node(PostgresChangesTest.ORDERS);
        await().until(() -> fixture.events().size() == 1);
        fixture.sql("insert into orders values (2, 3)");
        await().until(() -> fixture.events().size() == 2);
        assertEquals(4, fixture.changes().get(0).getJsonObject("after").getInteger("total"));
        assertEquals(6, fixture.changes().get(1).getJsonObject("after").getInteger("total"));
    }

    @Test
    void aSchemaThatChangesIsFollowed() throws Exception {
        fixture.sql("create table orders (id int primary key, n int, old text)");
        PostgresFixture.Node node = fixture.node(PostgresChangesTest.ORDERS);
        await().until(node::isRunning);
        fixture.sql(
                "insert into orders values (1, 1, 'a')",
                "alter table orders add added timestamptz default '2026-01-01 00:00+00'",
                "insert into orders (id, n) values (2, 2)",
                "alter table orders drop old",
                "insert into orders values (3, 3)",
                "alter table orders alter n type text",
                "insert into orders values (4, 'four')",
                "alter table orders rename n to name",
                "insert into orders values (5, 'five')");
        await().until(() -> fixture.events().size() == 5);
        List<JsonObject> rows = fixture.changes().stream()
                .map(change -> change.getJsonObject("after"))
                .toList();
        assertEquals("a", rows.get(0).getString("old"));
        assertEquals("2026-01-01T00:00:00Z", rows.get(1).getString("added"));
        assertFalse(rows.get(2).containsKey("old"));
        assertEquals("four", rows.get(3).getString("n"));
        assertEquals("five", rows.get(4).getString("name"));
    }
}

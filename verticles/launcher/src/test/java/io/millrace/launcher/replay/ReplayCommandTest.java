package io.millrace.launcher.replay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

/** What files become, and what is said of those that can't. */
class ReplayCommandTest extends ReplayFixture {
    private static final String MAPPING =
            """
            source: till
            group: Receipt
            values:
              total: { sum: { multiply: [Count, Price] }, scale: 2 }
            events:
              - type: order:created
                id: "{Receipt}"
                timestamp: "{When}"
                data:
                  orderId: "{Receipt}"
                  customerId: { column: Who, optional: true }
                  total: { column: total, as: decimal }
                  lines: { each: { productId: "{Thing}", quantity: { column: Count, as: integer } } }
              - type: inventory:updated
                each: row
                id: "{Receipt}/{#row}"
                timestamp: "{When}"
                data: { productId: "{Thing}", difference: { negate: Count } }
            """;
    private static final String TABLE =
            """
            Receipt,Who,Thing,Count,Price,When
            r1,ann,tea,3,0.10,2011-01-01T10:00:00Z
            r1,ann,"milk, ""fresh""\",1,0.20,2011-01-01T10:00:00Z
            r2,,tea,1,0.10,2011-01-01T10:01:00Z
            """;

    private Path mapping() throws IOException {
        return file("till.yaml", MAPPING);
    }

    private Path gzipped(String name, String content) throws IOException {
        Path file = folder.resolve(name);
        try (OutputStream gzip = new GZIPOutputStream(Files.newOutputStream(file))) {
            gzip.write(content.getBytes(UTF_8));
        }
        return file;
    }

    @Test
    void aGzippedTableBecomesTheEventsOfItsMapping() throws IOException {
        assertEquals(0, replay("--mapping", mapping(), gzipped("till.csv.gz", TABLE)), err::toString);

        assertEquals(List.of("r1", "r1/1", "r1/2", "r2", "r2/1"), server.takenIds());
        JsonNode expected = StubServer.JSON.readTree(
                """
                {"id":"r1","type":"order:created","source":"till","timestamp":"2011-01-01T10:00:00Z","data":
                  {"orderId":"r1","customerId":"ann","total":0.50,
                   "lines":[{"productId":"tea","quantity":3},{"productId":"milk, \\"fresh\\"","quantity":1}]}}""");
        assertEquals(expected, server.taken.get(0));
        assertFalse(server.taken.get(3).path("data").has("customerId"));
        assertEquals(-3, server.taken.get(1).path("data").path("difference").asInt());
        assertEquals(List.of("Bearer t0ken"), server.authorizations);
        says("rows                 3  3 became events");
        says("3  inventory:updated");
        says("accepted             5  5 committed");
    }

    @Test
    void sendingTwiceChangesNothing() throws IOException {
        Path mapping = mapping();
        Path table = file("till.csv", TABLE);
        assertEquals(0, replay("--mapping", mapping, table));
        assertEquals(0, replay("--mapping", mapping, "--restart", table));

        List<String> ids = server.takenIds();
        assertEquals(10, ids.size());
        assertEquals(ids.subList(0, 5), ids.subList(5, 10));
        assertEquals(server.taken.subList(0, 5), server.taken.subList(5, 10));
        says("duplicates           5");
    }

    @Test
    void linesMayBeCloudEvents() throws IOException {
        Path file = file(
                "mixed.jsonl",
                """
                {"specversion":"1.0","id":"c1","type":"a:b","source":"s","time":"2011-01-01T00:00:00Z","data":{}}
                {"type":"a:b","data":{"price":1.10}}
                no json

                {"id":"n2","type":"a:b","data":{}}
                """);
        assertEquals(1, replay(file));

        assertEquals(List.of("application/cloudevents-batch+json", "application/x-ndjson"), server.mediaTypes);
        assertEquals("c1", server.takenIds().get(0));
        assertTrue(server.takenIds().get(1).endsWith("/2"), () -> "made of file and line: " + server.takenIds());
        assertEquals("n2", server.takenIds().get(2));
        says("1  skipped: blank line");
        says("1  bad_row");
        says("line 3: no JSON");
    }

    @Test
    void rowsThatAreWrongAreCountedAndTheOthersSent() throws IOException {
        String table = TABLE + "r3,,tea,many,0.10,2011-01-01T10:02:00Z\nr4,short\nr5,,tea,1,1,yesterday\n"
                + "r6,,tea,1,1,2011-01-01T10:02:00Z\n";
        assertEquals(1, replay("--mapping", mapping(), file("till.csv", table)));

        says("rows                 7  4 became events");
        says("3  bad_row");
        says("row 4: Count is \"many\" where a number belongs");
        says("row 5: 2 cells where the header has 6");
        says("row 6: \"yesterday\" is not an RFC 3339 time");
        assertTrue(server.takenIds().contains("r6"));
    }

    @Test
    void wrongArgumentsPrintTheUsage() throws IOException {
        assertEquals(2, replay(file("t.csv", TABLE)));
        assertTrue(err.toString().contains("--mapping doesn't say what its rows are"), err::toString);
        assertEquals(2, replay(folder.resolve("none.ndjson")));
        assertEquals(2, replay("--speed", "fast", events(1)));
        assertEquals(2, replay("--batch", 0, events(1)));
        assertEquals(2, replay());
        assertEquals(0, server.requests());
    }

    @Test
    void aMappingThatSpeaksOfOtherColumnsSendsNothing() throws IOException {
        assertEquals(2, replay("--mapping", mapping(), file("t.csv", "Receipt,Thing,Amount,Prize,When\n")));
        String said = err.toString();
        assertTrue(said.contains("till.yaml:4 values.total.sum.multiply[0]: there is no column or value Count"), said);
        assertTrue(said.contains("did you mean \"Prize\"?"), said);
        assertTrue(said.contains("there is no column or value Who"), said);
        assertEquals(0, server.requests());
    }
}

package io.millrace.launcher.replay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.launcher.replay.StubServer.Answer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The whole command against a server that answers as the real one does, or as it shouldn't. */
class ReplayCommandTest {
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

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @SuppressWarnings("NullAway.Init")
    private StubServer server;

    private final FakeTiming timing = new FakeTiming();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void start() throws IOException {
        server = new StubServer();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private int replay(Object... arguments) {
        List<String> all = new ArrayList<>(
                List.of("--to", server.url(), "--state", folder.resolve("state").toString()));
        Arrays.stream(arguments).map(Object::toString).forEach(all::add);
        return new CommandLine(new ReplayCommand(Map.of("MILLRACE_TOKEN", "t0ken"), timing, false))
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(all.toArray(String[]::new));
    }

    private Path file(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }

    private Path gzipped(String name, String content) throws IOException {
        Path file = folder.resolve(name);
        try (OutputStream gzip = new GZIPOutputStream(Files.newOutputStream(file))) {
            gzip.write(content.getBytes(UTF_8));
        }
        return file;
    }

    private Path mapping() throws IOException {
        return file("till.yaml", MAPPING);
    }

    /** So many events, one a line, with the ids 1, 2, 3, … */
    private Path events(int count) throws IOException {
        return file(
                "events.ndjson",
                IntStream.rangeClosed(1, count)
                        .mapToObj(id -> "{\"id\":\"" + id + "\",\"type\":\"a:b\",\"source\":\"s\",\"timestamp\":\""
                                + "2011-01-01T00:00:" + (id < 10 ? "0" : "") + id % 60 + "Z\",\"data\":{}}\n")
                        .collect(Collectors.joining()));
    }

    private static List<String> ids(int from, int to) {
        return IntStream.rangeClosed(from, to).mapToObj(Integer::toString).toList();
    }

    private void says(String expected) {
        assertTrue(out.toString().contains(expected), () -> expected + " in:\n" + out + err);
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
    void whatIsFinishedIsNotSentAgain() throws IOException {
        Path events = events(3);
        assertEquals(0, replay(events));
        assertEquals(0, replay(events));

        assertEquals(1, server.requests());
        says("sent before, nothing to do");
    }

    @Test
    void afterAnInterruptionItGoesOnBehindTheLastAcknowledgedBatch() throws Exception {
        Path events = events(25);
        CountDownLatch third = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        server.script = (request, batch) -> {
            if (request == 3) {
                third.countDown();
                never.await();
            }
            return null;
        };
        int[] exit = new int[1];
        Thread run = new Thread(() -> exit[0] = replay("--batch", 5, events));
        run.start();
        assertTrue(third.await(10, TimeUnit.SECONDS));
        run.interrupt();
        run.join(10_000);

        assertEquals(1, exit[0]);
        says("interrupted");
        says("accepted            10");
        server.script = (request, batch) -> null;
        assertEquals(0, replay("--batch", 5, events));
        assertEquals(ids(1, 25), server.takenIds());
        says("accepted            25");
    }

    @Test
    void aBatchThatWasTakenUnheardIsTheOnlyOneSentTwice() throws IOException {
        Path events = events(20);
        server.script = (request, batch) -> {
            if (request == 2) {
                server.take(batch);
                return Answer.none();
            }
            return null;
        };
        // The client may repeat a request on a fresh connection by itself; whoever repeats it, it is this batch alone.
        assertEquals(0, replay("--batch", 5, events));

        List<String> taken = server.takenIds();
        assertEquals(new HashSet<>(ids(1, 20)), new HashSet<>(taken));
        List<String> twice = new ArrayList<>(taken);
        ids(1, 20).forEach(twice::remove);
        assertEquals(ids(6, 10), twice);
        says("duplicates           5");
        assertFalse(timing.sleeps.isEmpty());
    }

    @Test
    void aBusyServerIsLeftAloneForAsLongAsItAsks() throws IOException {
        server.script = (request, batch) -> request <= 2 ? new Answer(request == 1 ? 503 : 429, "", "7") : null;
        assertEquals(0, replay(events(4)));

        assertEquals(ids(1, 4), server.takenIds());
        assertEquals(2, timing.sleeps.size());
        for (Duration sleep : timing.sleeps) {
            assertTrue(sleep.compareTo(Duration.ofSeconds(7)) > 0, sleep::toString);
            assertTrue(sleep.compareTo(Duration.ofSeconds(10)) < 0, sleep::toString);
        }
        assertTrue(err.toString().contains("HTTP 503; trying again in 7"), err::toString);
    }

    @Test
    void refusedEventsAreCountedWithTheirReasons() throws IOException {
        server.failing = event -> switch (event.path("id").asInt()) {
            case 2, 3, 4, 5 -> "invalid_event";
            case 7 -> "unknown_type";
            default -> null;
        };
        assertEquals(1, replay(events(8)));

        says("accepted             3");
        says("refused              5");
        says("4  invalid_event");
        says("1  unknown_type");
        says("2: not this one");
        assertFalse(out.toString().contains("5: not this one"), "three examples are enough");
    }

    @Test
    void eventsThatTheServerHadNoRoomForAreSentAgainWithoutTheOthers() throws IOException {
        server.failing = event -> server.requests() == 1 && event.path("id").asInt() % 2 == 0 ? "overloaded" : null;
        assertEquals(0, replay(events(4)));

        assertEquals(List.of("1", "3", "2", "4"), server.takenIds());
        assertEquals(List.of(4, 2), server.sizes);
        assertEquals(1, timing.sleeps.size());
    }

    @Test
    void aServerThatIsAwayIsWaitedFor() throws IOException {
        int port = server.port();
        server.close();
        timing.onSleep = () -> {
            if (timing.sleeps.size() == 3) {
                try {
                    server = new StubServer(port);
                } catch (IOException taken) {
                    throw new java.io.UncheckedIOException(taken);
                }
            }
        };
        Path events = events(2);
        assertEquals(0, replay(events));
        assertEquals(ids(1, 2), server.takenIds());
        assertTrue(err.toString().contains("no answer from 127.0.0.1"), err::toString);
    }

    @Test
    void patienceEnds() throws IOException {
        server.script = (request, batch) -> new Answer(503, "", "20");
        assertEquals(1, replay("--patience", "1m", events(2)));

        says("gave up after");
        assertTrue(server.requests() >= 3 && server.requests() <= 4, () -> server.requests() + " requests");
    }

    @Test
    void aTokenThatIsNotAcceptedEndsTheRunAtOnce() throws IOException {
        server.script = (request, batch) -> Answer.problem(401, "unauthenticated");
        assertEquals(1, replay(events(1)));

        assertEquals(1, server.requests());
        says("HTTP 401 unauthenticated");
    }

    @Test
    void aRequestThatIsTooLargeIsHalved() throws IOException {
        server.script = (request, batch) -> batch.size() > 2 ? Answer.problem(413, "too_large") : null;
        assertEquals(0, replay(events(5)));

        assertEquals(ids(1, 5), server.takenIds());
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
        says("row 6: \"yesterday\" is no time");
        assertTrue(server.takenIds().contains("r6"));
    }

    @Test
    void speedKeepsTheDistancesOfTheEvents() throws IOException {
        assertEquals(0, replay("--speed", "2x", events(4)));

        assertEquals(List.of(1, 1, 1, 1), server.sizes);
        assertEquals(List.of(Duration.ofMillis(500), Duration.ofMillis(500), Duration.ofMillis(500)), timing.sleeps);
    }

    @Test
    void severalRequestsMayBeUnderWayAtOnce() throws Exception {
        CountDownLatch together = new CountDownLatch(3);
        server.script = (request, batch) -> {
            together.countDown();
            return together.await(10, TimeUnit.SECONDS) ? null : Answer.problem(400, "bad_message");
        };
        assertEquals(0, replay("--batch", 2, "--concurrency", 3, events(6)));
        assertEquals(new HashSet<>(ids(1, 6)), new HashSet<>(server.takenIds()));
    }

    @Test
    void whoAsksWronglyIsToldHow() throws IOException {
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

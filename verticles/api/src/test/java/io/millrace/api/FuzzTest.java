package io.millrace.api;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.millrace.contracts.bus.Address;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.deadletter.DeadLetter;
import io.millrace.contracts.deadletter.DeadLetterActPage;
import io.millrace.contracts.deadletter.DeadLetterCommandResult;
import io.millrace.contracts.deadletter.DeadLetterPage;
import io.millrace.contracts.entity.EntityHistory;
import io.millrace.contracts.entity.EntityPage;
import io.millrace.contracts.entity.EntitySnapshot;
import io.millrace.contracts.entity.EntityState;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.journey.Deliveries;
import io.millrace.contracts.journey.Journeys;
import io.millrace.contracts.kpi.KpiRows;
import io.millrace.contracts.kpi.KpiValues;
import io.millrace.contracts.stream.Heads;
import io.millrace.contracts.stream.HistoryPage;
import io.millrace.contracts.stream.PositionAtTime;
import io.millrace.testkit.client.InternalDetails;
import io.millrace.testkit.client.MalformedInput;
import io.millrace.testkit.client.RawHttpClient;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * Requests that are nearly right, for as long as {@code -Dmillrace.fuzz.seconds} says (5), from {@code -Dmillrace.fuzz.seed}:
 * each is answered or refused in words of our own, and counted; nothing gets to a stage that PostgreSQL couldn't look up; the
 * log stays empty.
 */
class FuzzTest {
    private static final long SEED = Long.getLong("millrace.fuzz.seed", System.nanoTime());
    private static final int SECONDS = Integer.getInteger("millrace.fuzz.seconds", 5);
    private static final Set<Integer> ANSWERS =
            Set.of(200, 204, 304, 400, 401, 403, 404, 405, 408, 413, 414, 415, 417, 431);
    private static final int PARTS = 6;
    /** However slow the machine is. */
    private static final int FEWEST = 300;

    private static final List<String> TARGETS = List.of(
            "GET /api/types",
            "GET /api/streams?limit=10&after=orders",
            "GET /api/streams/orders/events?limit=10&after=k1:1",
            "GET /api/streams/room%3A1/events?last=3",
            "GET /api/streams/orders/events?after=2026-01-31T09%3A30%3A00%2B01%3A00",
            "HEAD /api/streams/orders/events?after=s.AAAAAAAAAAAAAAAAAAAAAA",
            "GET /api/entities/order?limit=3&after=s.by0x",
            "GET /api/entities/room?stream=room%3A1",
            "GET /api/entities/order/o-1",
            "GET /api/entities/room/r-1?stream=room%3A1",
            "GET /api/streams/orders/events?last=3&before=k1:9&filter=%7B%22data.total%22:%7B%22gt%22:5%7D%7D",
            "GET /api/entities/order/o-1/history?before=9&limit=3",
            "GET /api/events/e-1?source=shop",
            "GET /api/events/e-1/journey?source=shop&user=u-1&connection=c&everyone=true",
            "GET /api/kpis",
            "GET /api/kpis/revenue?by=day&from=2026-01-31T09:30:00Z&to=9999-12-31T23:59:59Z",
            "GET /api/dead-letters?type=a:b&stream=s&reason=r&fingerprint=f&from=2026-01-31T09:30:00Z&state=dead&source=shop&act=3&limit=5&after=9&counts=fingerprint",
            "GET /api/dead-letters/1",
            "PATCH /api/dead-letters/1",
            "POST /api/dead-letters/redrive",
            "POST /api/dead-letters/discard",
            "POST /api/dead-letters/restore",
            "GET /api/dead-letters/acts?limit=5&after=9",
            "POST /api/dead-letters/acts/3/stop",
            "OPTIONS /api/dead-letters/discard",
            "DELETE /api/streams");

    private static final List<String> BODIES = List.of(
            "{\"ids\":[1,2],\"dryRun\":true}",
            "{\"filter\":{\"type\":\"a:b\",\"reason\":\"version_conflict\",\"from\":\"2026-01-31T09:30:00Z\"}}",
            "{\"data\":{\"total\":1.5e3,\"name\":\"é🙂\"},\"metadata\":{\"expectedVersion\":null}}");

    private final Random random = new Random(SEED);
    private final MalformedInput nonsense = new MalformedInput(random);
    private final List<String> unfit = new CopyOnWriteArrayList<>();

    @Test
    void whateverIsAskedIsAnsweredOrRefusedInOurWords() throws Exception {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.addAppender(log);
        try (ApiFixture fixture = new ApiFixture(MalformedRequestsTest.PACK, "http.read.timeout", "1s")) {
            serve(fixture);
            fuzz(fixture);
        } catch (IOException | AssertionError failed) {
            throw new AssertionError("with -Dmillrace.fuzz.seed=" + SEED, failed);
        } finally {
            root.detachAppender(log);
        }
        assertEquals(
                List.of(),
                log.list.stream()
                        .filter(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
                        .map(ILoggingEvent::getFormattedMessage)
                        .toList(),
                "with -Dmillrace.fuzz.seed=" + SEED);
        assertEquals(List.of(), unfit, "with -Dmillrace.fuzz.seed=" + SEED);
    }

    private void fuzz(ApiFixture fixture) throws IOException {
        double refused = 0;
        int taken = 0;
        long end = System.nanoTime() + SECONDS * 1_000_000_000L;
        for (int i = 0; i < FEWEST || System.nanoTime() < end; i++) {
            byte[] request = request(fixture);
            String which = i + ": " + new String(request, StandardCharsets.ISO_8859_1);
            String answer = ask(fixture, request);
            assertTrue(answer.matches("(?s)HTTP/1\\.[01] \\d{3} .*"), () -> "\"" + answer + "\" to " + which);
            int status = Integer.parseInt(answer.substring(9, 12));
            assertTrue(ANSWERS.contains(status), () -> answer + " to " + which);
            assertEquals("", InternalDetails.in(answer), which);
            refused += status < 400 ? 0 : 1;
            taken += status < 400 ? 1 : 0;
        }
        assertEquals(200, fixture.api("boss", "admin").get("/api/types").status());
        assertTrue(taken > 0, "some of it is right, or it isn't nearly right");
        double all = refused;
        // A line's end within a target makes two requests of one, of which only the first one's answer is read.
        await().until(() -> counted(fixture) >= all);
    }

    private static String ask(ApiFixture fixture, byte[] request) throws IOException {
        try (RawHttpClient raw = new RawHttpClient(fixture.port)) {
            return raw.send(request).answer();
        }
    }

    /** What was refused, and what was cut for being slow, which is no request yet. */
    private static double counted(ApiFixture fixture) {
        return List.of("millrace.http.refused.requests", "millrace.http.refused.connections").stream()
                .flatMap(name -> fixture.metrics.get(name).counters().stream())
                .mapToDouble(counter -> counter.count())
                .sum();
    }

    /** Wrong in one place: the target, encoded or not, a header, or the body. */
    private byte[] request(ApiFixture fixture) {
        int wrong = random.nextInt(PARTS);
        String line = nonsense.pick(TARGETS);
        int space = line.indexOf(' ') + 1;
        String target = line.substring(space);
        String bad = latin1(nonsense.broken(target));
        String body = line.startsWith("P") || wrong == 0 ? nonsense.pick(BODIES) : "";
        byte[] sent = wrong < 2 && !body.isEmpty() ? nonsense.broken(body) : body.getBytes(StandardCharsets.UTF_8);
        String token = nonsense.pick(List.of("", bearer(fixture, "admin"), bearer(fixture, "customer")));
        String head = line.substring(0, space)
                + (wrong == 2 ? bad : wrong == 3 || wrong == 4 ? encoded(bad) : target)
                + " HTTP/1.1\r\nHost: a\r\n"
                + (wrong == 5 ? latin1(nonsense.broken(token)) : token)
                + (random.nextInt(4) == 0 ? "If-None-Match: \"3\"\r\n" : "")
                + (sent.length == 0 ? "" : "Content-Type: application/json\r\nContent-Length: " + sent.length + "\r\n")
                // One that lost its end has another, else it would only be slow.
                + (sent.length == 0 ? "\r\n\r\n\r\n" : "\r\n");
        byte[] first = head.getBytes(StandardCharsets.ISO_8859_1);
        byte[] whole = java.util.Arrays.copyOf(first, first.length + sent.length);
        System.arraycopy(sent, 0, whole, first.length, sent.length);
        return whole;
    }

    private static String bearer(ApiFixture fixture, String role) {
        return "Authorization: Bearer " + fixture.token("u-1", role) + "\r\n";
    }

    private static String latin1(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** So that it gets to the route: what has a meaning in a target stays. */
    private static String encoded(String target) {
        StringBuilder encoded = new StringBuilder();
        for (char c : target.toCharArray()) {
            boolean plain = c > ' ' && c < 0x7F && "\"<>\\^`{|}[]#".indexOf(c) < 0;
            encoded.append(plain ? "" + c : String.format("%%%02X", (int) c));
        }
        return encoded.toString();
    }

    private void serve(ApiFixture fixture) throws Exception {
        Position at = new Position("k1", 7);
        byte[] state = "{\"who\":\"u-1\"}".getBytes(StandardCharsets.UTF_8);
        EntityRef ref = new EntityRef("order", "orders", "o-1");
        serve(fixture, Addresses.STREAMS, query -> new Heads(List.of(new Heads.Head("room:1", "k1", 7))));
        serve(fixture, Addresses.HISTORY, query -> new HistoryPage(query.stream(), "k1", 1, 7, List.of()));
        serve(fixture, Addresses.POSITION_AT, query -> new PositionAtTime(at, true));
        serve(
                fixture,
                Addresses.ENTITIES,
                query -> new EntityPage(List.of(new EntitySnapshot.Entity(ref, 3, state)), true));
        serve(fixture, Addresses.CACHE, query -> new EntityState(query.entity(), 3, state, at, EntityState.Level.NEAR));
        serve(
                fixture,
                Addresses.ENTITY,
                query -> new EntityState(query.entity(), 3, state, at, EntityState.Level.NEAR));
        serve(fixture, Addresses.ENTITY_HISTORY, query -> new EntityHistory(List.of(), true));
        serve(fixture, Addresses.JOURNEY, query -> new Journeys(List.of()));
        serve(fixture, Addresses.QUEUE_SEARCH, query -> new Journeys(List.of()));
        serve(fixture, Addresses.DELIVERY, query -> new Deliveries(List.of()));
        serve(fixture, Addresses.KPI_VALUES, query -> new KpiValues(List.of(new KpiValues.Value("revenue", 1, state))));
        serve(fixture, Addresses.KPIS, query -> new KpiRows(List.of(new KpiRows.Row("revenue", 0, 2, "1.5"))));
        DeadLetter letter = new DeadLetter(
                7,
                "e-1",
                "shop",
                "a:b",
                "s",
                "c",
                "m",
                "f",
                "queue",
                5,
                "t-0@9",
                1,
                2,
                DeadLetter.State.DEAD,
                1,
                3,
                null,
                new DeadLetter.Content(state, "[]".getBytes(StandardCharsets.UTF_8), state));
        serve(fixture, Addresses.DEAD_LETTERS, query -> new DeadLetterPage(List.of(letter), List.of(), 0, 0));
        serve(fixture, Addresses.DEAD_LETTER_ACTS, query -> new DeadLetterActPage(List.of()));
        serve(fixture, Addresses.DEAD_LETTER_COMMANDS, act -> new DeadLetterCommandResult(2, act.dryRun() ? 0 : 2));
    }

    private <Q, R> void serve(ApiFixture fixture, Address<Q, R> address, Function<Q, R> stage) throws Exception {
        fixture.serve(address, query -> {
            // NUL and half a character are no text of PostgreSQL's.
            String text = query.toString();
            if (text.indexOf('\0') >= 0 || !StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
                unfit.add(text);
            }
            return Future.succeededFuture(stage.apply(query));
        });
    }
}

package io.millrace.launcher.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.launcher.replay.StubServer.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Every event arrives, in order, whatever the server and whoever started the command do meanwhile. */
class ReplayDeliveryTest extends ReplayFixture {
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
        assertTrue(err.toString().contains("HTTP 503; trying again in "), err::toString);
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
    void aSenderWithoutRightsHearsOfItBeforeTheFileIsThrough() throws IOException {
        server.failing = event -> "permission_denied";
        assertEquals(1, replay("--batch", 2, events(6)));

        assertEquals(1, server.requests());
        says("is the token right?");
        says("rows                 0");
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
                    throw new UncheckedIOException(taken);
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
}

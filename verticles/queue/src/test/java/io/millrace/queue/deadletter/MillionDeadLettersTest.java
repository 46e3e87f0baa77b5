package io.millrace.queue.deadletter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.deadletter.DeadLetter;
import io.millrace.contracts.deadletter.DeadLetterCommand.Kind;
import io.millrace.contracts.deadletter.DeadLetterFilter;
import io.millrace.contracts.deadletter.DeadLetterPage;
import io.millrace.queue.DatabaseFixture;
import io.millrace.queue.KafkaFixture;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A million dead letters: what an operator asks first is answered within a second. */
@Tag("long")
@Timeout(300)
class MillionDeadLettersTest {
    private static final int LETTERS = 1_000_000;

    @RegisterExtension
    static final KafkaFixture KAFKA = new KafkaFixture();

    @RegisterExtension
    static final DatabaseFixture POSTGRES = new DatabaseFixture();

    /**
     * As bad for the kept counts as can be: hardly two letters are of one failure, stream and source in an hour. A failure is
     * of one type, as a fingerprint tells it.
     */
    private static void fill() throws Exception {
        int part = LETTERS / 20;
        for (int first = 0; first < LETTERS; first += part) {
            POSTGRES.texts("with added as (insert into dead_letters (origin_topic, origin_partition, origin_offset,"
                    + " origin_at, event_id, source, type, stream, code, message, fingerprint, stage, attempts, headers,"
                    + " event, key, record, first_failed_at, died_at, state, alerted) select 't', 0, n, now(), 'e-' || n,"
                    + " 'source-' || n % 7, 'a:type-' || n % 41 % 11, 'stream-' || n % 13, 'version_conflict',"
                    + " 'expected version 3, but it is at ' || n, 'failure-' || n % 41, 'queue', 5, '[]',"
                    + " json_build_object('data', repeat('x', 300)), 'k', convert_to(repeat('y', 300), 'UTF8'), now(),"
                    + " now() - (" + LETTERS
                    + " - n) * interval '2 seconds', case when n % 10 = 0 then 'redriven' else 'dead' end, true"
                    + " from generate_series(" + first + ", " + (first + part - 1)
                    + ") n returning 1) select count(*) from added");
        }
        // As PostgreSQL does by itself within a minute.
        for (String table : List.of("dead_letters", "dead_letter_counts", "dead_letter_stream_counts")) {
            POSTGRES.texts("analyze " + table);
        }
    }

    @Test
    void theGroupsOfAMillionLettersAndTheirCountsAreThereWithinASecond() throws Exception {
        fill();
        try (QueueNode node = new QueueNode().start(KAFKA, POSTGRES)) {
            DeadLetterFilter open = DeadLetterFilter.ofIds(List.of()).in(DeadLetter.State.DEAD);
            DeadLetterFilter ofOneStream = new DeadLetterFilter(
                    List.of(),
                    null,
                    "stream-4",
                    null,
                    null,
                    System.currentTimeMillis() * 1_000 - 1_000_000_000_001L,
                    DeadLetterFilter.NEVER,
                    DeadLetter.State.DEAD,
                    "source-3",
                    0);
            DeadLetterPage page = within("all open ones", () -> node.groups(open));
            assertEquals(41, page.groups().size());
            assertEquals(
                    LETTERS * 9 / 10,
                    page.groups().stream()
                            .mapToLong(DeadLetterPage.Group::letters)
                            .sum());
            assertTrue(within("by stream, source and time", () -> node.groups(ofOneStream))
                            .groups()
                            .size()
                    > 0);
            within("counting before an act", () -> node.decide(Kind.DISCARD, open, 1));
        }
    }

    private interface Question<T> {
        T ask() throws Exception;
    }

    private static <T> T within(String what, Question<T> question) throws Exception {
        long begin = System.nanoTime();
        T answer = question.ask();
        long ms = (System.nanoTime() - begin) / 1_000_000;
        System.out.println("of " + LETTERS + " dead letters, " + what + ": " + ms + " ms");
        assertTrue(ms < 1_000, what + " took " + ms + " ms");
        return answer;
    }
}

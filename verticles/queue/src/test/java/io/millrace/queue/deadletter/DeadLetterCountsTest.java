package io.millrace.queue.deadletter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.deadletter.DeadLetter;
import io.millrace.contracts.deadletter.DeadLetterCommand.Kind;
import io.millrace.contracts.deadletter.DeadLetterFilter;
import io.millrace.contracts.deadletter.DeadLetterPage;
import io.millrace.queue.DatabaseFixture;
import io.millrace.queue.KafkaFixture;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How many dead letters there are by their errors, as triggers keep it, over a real PostgreSQL. */
@Tag("slow")
@Timeout(90)
class DeadLetterCountsTest {
    @RegisterExtension
    static final KafkaFixture KAFKA = new KafkaFixture();

    @RegisterExtension
    static final DatabaseFixture POSTGRES = new DatabaseFixture();

    private final LetterRows rows = new LetterRows(POSTGRES);

    @Test
    void theKeptCountsAreThoseOfTheLettersWhateverBecameOfThem() throws Exception {
        rows.letters(25);
        try (QueueNode node = new QueueNode().start(KAFKA, POSTGRES)) {
            Long[] ids =
                    POSTGRES
                            .texts("select id from dead_letters where fingerprint = '" + rows.group + "' order by id")
                            .stream()
                            .map(Long::valueOf)
                            .toArray(Long[]::new);
            node.decide(Kind.DISCARD, DeadLetterFilter.ofIds(List.of(ids[0], ids[1], ids[2])), 0);
            POSTGRES.texts("delete from dead_letters where id = " + ids[3] + " returning id");
            POSTGRES.texts("update dead_letters set died_at = timestamptz '2026-01-31T09:35:07.5Z' where id = " + ids[4]
                    + " returning id");

            DeadLetterPage page = node.groups(rows.all().in(DeadLetter.State.DEAD));
            DeadLetterPage.Group found = page.groups().get(0);
            assertEquals(21, found.letters());
            assertEquals(21, found.periods().stream().mapToLong(Long::longValue).sum());
            assertEquals(ids[24], found.newest());
            assertEquals(1_769_852_107_500_000L, found.firstMicros());
            assertTrue(found.periods().size() <= 60, () -> found.periods().toString());
            assertEquals(0, Math.floorMod(page.fromMicros(), page.periodMicros()));
            assertEquals(1, found.periods().get(0), "the one of January");
            assertEquals(List.of(), wrongCounts());
            long at = 1_769_852_107_500_000L;
            assertEquals(1, letters(node, at, at + 1));
            assertEquals(0, letters(node, at + 1, at + 2));
            assertEquals(0, letters(node, at - 1_000_000_000_000L, at));
            assertEquals(1, letters(node, at - 1_000_000_000_000L, at + 1_000_000_000_000L));
        }
    }

    /** By the counts of both tables, which must be the same. */
    private long letters(QueueNode node, long from, long to) throws Exception {
        long letters = letters(node, from, to, null);
        assertEquals(letters, letters(node, from, to, "tests"));
        return letters;
    }

    private long letters(QueueNode node, long from, long to, @Nullable String source) throws Exception {
        DeadLetterFilter filter =
                new DeadLetterFilter(List.of(), null, null, null, rows.group, from, to, null, source, 0);
        return node.groups(filter).groups().stream()
                .mapToLong(DeadLetterPage.Group::letters)
                .sum();
    }

    /** Of an event that PostgreSQL can't store, its letter has no type, and the fingerprint of the others. */
    @Test
    void lettersWithAndWithoutATypeAreCountedByIt() throws Exception {
        rows.letters(3);
        POSTGRES.texts("update dead_letters set type = null where id = (select max(id) from dead_letters"
                + " where fingerprint = '" + rows.group + "') returning id");
        try (QueueNode node = new QueueNode().start(KAFKA, POSTGRES)) {
            for (String source : new String[] {null, "tests"}) {
                assertEquals(2, letters(node, "note:written", source));
                assertEquals(3, letters(node, null, source));
            }
            node.decide(Kind.DISCARD, rows.all(), 0);
            assertEquals(List.of(), wrongCounts());
        }
    }

    private long letters(QueueNode node, @Nullable String type, @Nullable String source) throws Exception {
        DeadLetterFilter filter = new DeadLetterFilter(
                List.of(),
                type,
                null,
                null,
                rows.group,
                DeadLetterFilter.EVER,
                DeadLetterFilter.NEVER,
                null,
                source,
                0);
        return node.groups(filter).groups().get(0).letters();
    }

    @Test
    void noCountOfLettersThatHaveGoneIsKeptHoweverManyComeAndGoTogether() throws Exception {
        List<CompletableFuture<Void>> sessions = new ArrayList<>();
        for (int session = 1; session <= 2; session++) {
            int offset = session * 1_000;
            sessions.add(CompletableFuture.runAsync(() -> {
                try {
                    for (int round = 0; round < 100; round++) {
                        rows.insert("queue", "tests", List.of("('e', '7b', " + (offset + round) + ")"));
                        POSTGRES.texts("delete from dead_letters where origin_topic = '" + rows.group
                                + "' and origin_offset = " + (offset + round) + " returning id");
                    }
                } catch (Exception failed) {
                    throw new CompletionException(failed);
                }
            }));
        }
        for (CompletableFuture<Void> session : sessions) {
            session.get(30, TimeUnit.SECONDS);
        }
        assertEquals(List.of(), wrongCounts());
    }

    /** Where a kept count isn't that of the letters, or is kept though there are none. */
    private List<String> wrongCounts() throws Exception {
        String counts =
                "(select coalesce(type, '') || state || ' ' || date_trunc('hour', died_at, 'UTC') as of, count(*) as n"
                        + " from dead_letters where fingerprint = '" + rows.group + "' group by 1) d";
        List<String> wrong = new ArrayList<>();
        for (String table : List.of("dead_letter_counts", "dead_letter_stream_counts")) {
            wrong.addAll(POSTGRES.texts("select '" + table + " ' || of || ' ' || coalesce(k.n::text, 'no') || ' for '"
                    + " || coalesce(d.n::text, 'no') from " + counts
                    + " full join (select coalesce(type, '') || state || ' ' || slot as of, sum(letters) as n from "
                    + table
                    + " where fingerprint = '" + rows.group
                    + "' group by 1) k using (of) where d.n is distinct from k.n"));
        }
        return wrong;
    }
}

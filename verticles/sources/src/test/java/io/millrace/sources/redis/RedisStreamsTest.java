package io.millrace.sources.redis;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Streams of a real Redis, read by a consumer group. */
@Tag("slow")
@Timeout(120)
@SuppressWarnings("NullAway.Init")
class RedisStreamsTest {
    private static final String STREAMS = streams("streams: [orders], from: 0");

    private static RedisFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        fixture = new RedisFixture();
    }

    @AfterAll
    static void stop() throws Exception {
        fixture.close();
    }

    @AfterEach
    void forget() throws Exception {
        fixture.forget();
    }

    private static String streams(String block) {
        return """
                source: shop
                as: { user: shop, roles: [webhook] }
                redis: { %s }
                events:
                  - type: repo:pushed
                    id: "{#stream}/{#id}"
                    data: { n: { column: n, as: integer } }
                """
                .formatted(block);
    }

    @Test
    void theFieldsOfAnEntryAreItsDocumentAndItIsAcknowledgedWhenItIsTaken() throws Exception {
        String before = add("orders", "n", "1");
        RedisFixture.Node node = fixture.node(STREAMS);
        await().until(() -> fixture.published.size() == 1);
        String after = add("orders", "n", "2");
        await().until(() -> fixture.published.size() == 2);
        assertEquals(List.of("orders/" + before, "orders/" + after), fixture.ids());
        assertEquals(new JsonObject().put("n", 1), fixture.published.get(0).getJsonObject("data"));
        await().until(() -> pending("orders") == 0);
        assertEquals("null", node.problem());
    }

    @Test
    void aFieldMayHoldTheDocumentAndWhatIsNoneIsADeadLetterWithStreamAndId() throws Exception {
        fixture.node(streams("streams: [orders, returns], from: 0, field: json"));
        add("orders", "json", "{\"n\":7}", "trace", "t-1");
        String none = add("orders", "other", "x");
        String bad = add("returns", "json", "no JSON");
        add("returns", "json", "{\"n\":8}");
        await().until(() -> fixture.published.size() == 2 && fixture.dead.size() == 2);
        assertEquals(
                Set.of("orders/" + none, "returns/" + bad),
                new HashSet<>(fixture.dead.stream()
                        .map(letter ->
                                letter.place() + "/" + letter.attributes().get("#id"))
                        .toList()));
        var letter = fixture.dead.stream()
                .filter(each -> each.place().equals("returns"))
                .findFirst()
                .orElseThrow();
        assertEquals("returns", letter.attributes().get("#stream"));
        assertEquals("{\"json\":\"no JSON\"}", new String(letter.record(), StandardCharsets.UTF_8));
        assertEquals(Long.parseLong(bad.split("-", 2)[0]), letter.timeMs());
        await().until(() -> pending("orders") + pending("returns") == 0);
    }

    @Test
    void aGroupThatIsMadeReadsOnlyWhatComesFromThenOnUnlessItIsToldOtherwise() throws Exception {
        add("orders", "n", "1");
        RedisFixture.Node node = fixture.node(streams("streams: [orders], group: mine"));
        await().until(node::isRunning);
        String after = add("orders", "n", "2");
        await().until(() -> fixture.published.size() == 1);
        assertEquals(List.of("orders/" + after), fixture.ids());
    }

    @Test
    void ofTwoNodesThatDieInTurnNothingIsLostAndNothingDoubled() throws Exception {
        RedisFixture.Node first = fixture.node(STREAMS);
        await().until(first::isRunning);
        RedisFixture.Node second = fixture.node(STREAMS);
        List<String> added = new ArrayList<>();
        AtomicInteger seen = new AtomicInteger();
        // Three times in all: entries that are taken together are taken again together, and may be more than 350.
        Set<Integer> refused = Set.of(150, 500, 850);
        fixture.ingest =
                event -> refused.contains(seen.incrementAndGet()) ? Future.failedFuture(RedisFixture.away()) : null;
        for (int i = 0; i < 400; i++) {
            added.add("orders/" + add("orders", "n", i));
            if (i == 200) {
                first.die();
            }
        }
        await().atMost(Duration.ofSeconds(30)).until(second::isRunning);
        await().atMost(Duration.ofSeconds(30)).until(() -> new HashSet<>(fixture.ids()).containsAll(added));
        second.die();
        added.add("orders/" + add("orders", "n", 400));
        fixture.node(STREAMS);
        await().atMost(Duration.ofSeconds(30)).until(() -> new HashSet<>(fixture.ids()).containsAll(added));
        assertEquals(
                new HashSet<>(added), new HashSet<>(fixture.ids()), "an event's id is the same when it is read again");
        await().until(() -> pending("orders") == 0);
    }

    @Test
    void whatWasReadAndNotTakenIsTakenFirstByTheNextNode() throws Exception {
        RedisFixture.Node first = fixture.node(STREAMS);
        await().until(first::isRunning);
        fixture.ingest = event -> Future.failedFuture(RedisFixture.away());
        String left = add("orders", "n", "1");
        await().until(() -> pending("orders") == 1 && first.problem().contains("its messages wait"));
        first.die();
        String next = add("orders", "n", "2");
        fixture.ingest = event -> null;
        fixture.node(STREAMS);
        await().until(() -> fixture.published.size() == 2);
        assertEquals(List.of("orders/" + left, "orders/" + next), fixture.ids());
    }

    @Test
    void entriesOfAConsumerThatIsGoneAreClaimed() throws Exception {
        String left = add("orders", "n", "1");
        fixture.command(Command.XGROUP, "CREATE", "orders", "millrace-shop", "0");
        fixture.command(Command.XREADGROUP, "GROUP", "millrace-shop", "gone", "COUNT", 10, "STREAMS", "orders", ">");
        fixture.command(Command.XCLAIM, "orders", "millrace-shop", "gone", 0, left, "IDLE", 3_600_000);
        fixture.node(STREAMS);
        await().until(() -> fixture.ids().equals(List.of("orders/" + left)));
        await().until(() -> pending("orders") == 0);
    }

    @Test
    void aGroupOrAStreamThatIsDeletedIsMadeAgainAndTold() throws Exception {
        RedisFixture.Node node = fixture.node(STREAMS);
        await().until(node::isRunning);
        String first = add("orders", "n", "1");
        await().until(() -> fixture.published.size() == 1 && pending("orders") == 0);
        fixture.command(Command.XGROUP, "DESTROY", "orders", "millrace-shop");
        String second = add("orders", "n", "2");
        await().until(() -> fixture.ids().equals(List.of("orders/" + first, "orders/" + second)));
        assertTrue(node.problem().contains("the stream orders lost its group millrace-shop"), node::problem);

        fixture.command(Command.DEL, "orders");
        await().until(() -> node.problem().contains("the stream orders was deleted"));
        fixture.command(Command.XADD, "orders", "5-1", "n", "3");
        await().until(() -> fixture.ids().contains("orders/5-1"));
        assertEquals(3, fixture.published.size(), "nothing was read twice");
    }

    @Test
    void entriesThatWereTrimmedBeforeTheyWereTakenAreCountedAndTold() throws Exception {
        RedisFixture.Node first = fixture.node(STREAMS);
        await().until(first::isRunning);
        add("orders", "n", "1");
        await().until(() -> fixture.published.size() == 1 && pending("orders") == 0);
        fixture.ingest = event -> Future.failedFuture(RedisFixture.away());
        add("orders", "n", "2");
        await().until(() -> pending("orders") == 1);
        first.stop();
        for (int i = 3; i <= 12; i++) {
            add("orders", "n", i);
        }
        // Of those 11 four stay: one that was read, and six that weren't, are gone.
        assertEquals(8, fixture.number(Command.XTRIM, "orders", "MAXLEN", 4), "and the first, which was taken");
        fixture.ingest = event -> null;
        RedisFixture.Node second = fixture.node(STREAMS);
        await().until(() -> fixture.ids().size() == 5);
        await().until(() -> second.messages("trimmed") == 7);
        assertTrue(second.problem().contains("were trimmed or deleted before they were taken"), second::problem);
    }

    @Test
    void aKeyThatIsNoStreamIsTold() throws Exception {
        fixture.command(Command.SET, "orders", "x");
        RedisFixture.Node node = fixture.node(STREAMS);
        await().until(() -> node.problem().contains("a key that is named in streams is no stream"));
    }

    private String add(String stream, Object... fields) throws Exception {
        List<Object> all = new ArrayList<>(List.of(stream, "*"));
        all.addAll(List.of(fields));
        return Objects.requireNonNull(fixture.command(Command.XADD, all.toArray()))
                .toString();
    }

    private long pending(String stream) throws Exception {
        Response summary = Objects.requireNonNull(fixture.command(Command.XPENDING, stream, "millrace-shop"));
        return Objects.requireNonNull(summary.get(0).toLong());
    }
}

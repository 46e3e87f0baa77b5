package io.millrace.sinks.kafka;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.cluster.TaskStatus;
import io.millrace.contracts.sink.SinkCommand;
import io.millrace.sinks.SinksFixture;
import io.millrace.sinks.message.FollowSettings;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Streams that go out to the topics of a real Kafka, from a real PostgreSQL. */
@Tag("slow")
@Timeout(90)
@SuppressWarnings("NullAway.Init")
class KafkaSinkTest {
    private static final String FILE =
            """
            sink: out
            as: { user: feed, roles: [staff] }
            streams: [orders, news, "room:*"]
            start: earliest
            kafka: { topic: "%s", format: %s, properties: quick.properties }
            """;

    private static SinksFixture fixture;
    private static Topics topics;

    @BeforeAll
    static void start() throws Exception {
        fixture = new SinksFixture();
        topics = new Topics();
    }

    @AfterAll
    static void stop() throws Exception {
        topics.close();
        fixture.close();
    }

    @BeforeEach
    void useKafka() {
        fixture.kafka = topics.kafka.uri();
        fixture.follow = new FollowSettings(100, 2, 1_000, Duration.ofMillis(100));
    }

    @AfterEach
    void forget() throws Exception {
        fixture.forget();
    }

    private SinksFixture.Node running(String topic, String format) throws Exception {
        SinksFixture.Node node = fixture.node(FILE.formatted(topic, format));
        await().until(() -> node.isRunning("out"));
        return node;
    }

    private static List<Integer> upTo(int end) {
        return IntStream.rangeClosed(1, end).boxed().toList();
    }

    private static List<Integer> once(List<Integer> numbers) {
        return new ArrayList<>(new LinkedHashSet<>(numbers));
    }

    private String problem(SinksFixture.Node node) {
        return String.valueOf(node.status("out").problem());
    }

    @Test
    void aRecordIsTheMessageWithItsPlaceAsKeyAndHeaders() throws Exception {
        topics.make("json");
        SinksFixture.Node node = running("json", "json");
        fixture.traced();
        fixture.commit("orders", new JsonObject().put("n", 1).put("exact", "ä 🙂"));
        await().until(() -> topics.records("json", 0).size() == 1);
        ConsumerRecord<byte[], byte[]> record = topics.records("json", 0).get(0);
        JsonObject value = new JsonObject(Topics.text(record.value()));
        assertEquals("orders", Topics.text(record.key()));
        assertEquals("ä 🙂", value.getJsonObject("data").getJsonObject("data").getString("exact"));
        assertEquals("orders-1", Topics.header(record, "id"));
        assertEquals("test", Topics.header(record, "source"));
        assertEquals("order:created", Topics.header(record, "type"));
        assertEquals("orders", Topics.header(record, "stream"));
        assertEquals("e1:1", Topics.header(record, "position"));
        assertEquals(SinksFixture.TRACE, Topics.header(record, "traceparent"));
        assertEquals(value.getString("position"), Topics.header(record, "position"));
        await().until(() -> node.events("sent") == 1);
        await().until(() -> "1".equals(fixture.query("select pos from sink_positions")));
    }

    @Test
    void cloudEventsAreWrittenInBothForms() throws Exception {
        topics.make("structured");
        topics.make("binary");
        fixture.commit("orders", new JsonObject().put("n", 1));
        SinksFixture.Node first = running("structured", "structured");
        await().until(() -> topics.records("structured", 0).size() == 1);
        first.stop();
        ConsumerRecord<byte[], byte[]> whole = topics.records("structured", 0).get(0);
        JsonObject event = new JsonObject(Topics.text(whole.value()));
        assertEquals("application/cloudevents+json", Topics.header(whole, "content-type"));
        assertEquals(
                "1.0 orders-1 test order:created orders e1:1",
                "%s %s %s %s %s %s"
                        .formatted(
                                event.getString("specversion"),
                                event.getString("id"),
                                event.getString("source"),
                                event.getString("type"),
                                event.getString("stream"),
                                event.getString("position")));
        assertEquals(new JsonObject().put("n", 1), event.getJsonObject("data"));

        fixture.database.execute("truncate sink_leases, sink_positions");
        running("binary", "binary");
        await().until(() -> topics.records("binary", 0).size() == 1);
        ConsumerRecord<byte[], byte[]> bare = topics.records("binary", 0).get(0);
        assertEquals("{\"n\":1}", Topics.text(bare.value()));
        assertEquals("application/json", Topics.header(bare, "content-type"));
        assertEquals("1.0", Topics.header(bare, "ce_specversion"));
        assertEquals("orders-1", Topics.header(bare, "ce_id"));
        assertEquals("order:created", Topics.header(bare, "ce_type"));
        assertEquals(event.getString("time"), Topics.header(bare, "ce_time"));
        assertEquals("e1:1", Topics.header(bare, "ce_position"));
    }

    /** Of two streams to a missing topic none takes the place of those that go on: as many are sent at once. */
    @Test
    void aTopicThatIsMissingHoldsBackWhatGoesThereAndNothingElse() throws Exception {
        topics.make("to-orders");
        SinksFixture.Node node = running("to-{key}", "json");
        fixture.commit("room:a", 1, 5);
        fixture.commit("news", 1, 5);
        await().until(() -> problem(node).contains("there is no topic to-a: create it")
                && problem(node).contains("there is no topic to-news: create it"));
        fixture.commit("orders", 1, 250);
        await().until(() -> topics.numbers("to-orders").equals(upTo(250)));
        assertTrue(node.isRunning("out"));
        topics.make("to-news");
        topics.make("to-a");
        await().until(() -> topics.numbers("to-news").equals(upTo(5)));
        await().until(() -> topics.numbers("to-a").equals(upTo(5)));
        await().until(() -> node.status("out").problem() == null);
        assertEquals(0, node.events("dead"));
    }

    /** Four times as many as are looked for at once, and of the last one the bus tells nothing. */
    @Test
    void streamsThatAreHeldBackHideNoOther() throws Exception {
        fixture.follow = new FollowSettings(100, 2, 5, Duration.ofMillis(20));
        topics.make("to-z");
        SinksFixture.Node node = running("to-{key}", "json");
        for (int room = 0; room < 20; room++) {
            fixture.commit("room:" + (char) ('a' + room), 1, 1);
        }
        await().until(() -> problem(node).contains("there is no topic to-"));
        fixture.write(fixture.session(), "room:z", List.of(new JsonObject().put("n", 1)));
        await().until(() -> topics.numbers("to-z").equals(upTo(1)));
    }

    @Test
    void whatTheTopicNeverTakesIsDeadAndThoseBehindItGoOn() throws Exception {
        topics.make("small", 1, 20_000);
        SinksFixture.Node node = running("small", "json");
        fixture.commit("orders", 1, 30, n -> new JsonObject().put("x", n == 7 || n == 8 ? "x".repeat(25_000) : ""));
        await().until(() -> topics.numbers("small").size() == 28);
        List<Integer> expected = new ArrayList<>(upTo(30));
        expected.removeAll(List.of(7, 8));
        assertEquals(expected, topics.numbers("small"));
        await().until(() -> problem(node).equals("2 events are dead"));
        assertEquals(2, node.events("dead"));
        await().until(() -> "30".equals(fixture.query("select pos from sink_positions")));
        assertEquals("7", fixture.query("select min(pos) from sink_parked where dead"));
        assertEquals(TaskStatus.State.RUNNING, node.status("out").state());

        topics.allow("small", 1 << 20);
        assertEquals(
                2, node.order(SinkCommand.redrive("out", List.of(), "boss")).done());
        await().until(() -> topics.numbers("small").size() >= 30);
        assertEquals(List.of(7, 8), topics.numbers("small").subList(28, 30));
        await().until(() -> "0".equals(fixture.query("select count(*) from sink_parked")));
        await().until(() -> node.isRunning("out") && node.status("out").problem() == null);
    }

    @Test
    void whileKafkaIsAwayNothingIsSkippedAndTheStateSaysWhy() throws Exception {
        topics.make("away");
        SinksFixture.Node node = running("away", "json");
        fixture.commit("orders", 1, 50);
        await().until(() -> topics.numbers("away").size() == 50);
        topics.kafka.kill();
        fixture.commit("orders", 51, 300);
        await().atMost(Duration.ofSeconds(60)).until(() -> node.status("out").state() == TaskStatus.State.FAILING);
        assertTrue(problem(node).contains("Kafka at " + topics.kafka.uri() + " doesn't answer"), problem(node));
        topics.kafka.restart();
        await().atMost(Duration.ofSeconds(60))
                .until(() -> once(topics.numbers("away")).size() == 350);
        assertEquals(upTo(350), once(topics.numbers("away")), "none is skipped, and none overtakes");
        await().until(() -> node.isRunning("out") && node.status("out").problem() == null);
    }

    @Test
    void anotherNodeGoesOnWhereADeadOneWas() throws Exception {
        topics.make("moved");
        SinksFixture.Node first = running("moved", "json");
        fixture.commit("orders", 1, 1_000);
        await().until(() -> topics.records("moved", 0).size() >= 100);
        fixture.node(FILE.formatted("moved", "json"));
        first.die();
        fixture.commit("orders", 1_001, 50);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> topics.numbers("moved").contains(1_050));
        List<Integer> numbers = topics.numbers("moved");
        assertEquals(upTo(1_050), once(numbers), "none is skipped, and none overtakes");
        assertTrue(numbers.size() <= 1_050 + 100, "at most a page is repeated");
    }
}

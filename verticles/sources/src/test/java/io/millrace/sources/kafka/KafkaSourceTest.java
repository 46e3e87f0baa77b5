package io.millrace.sources.kafka;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Topics of a real Kafka as a source. */
@Tag("slow")
@Timeout(180)
class KafkaSourceTest {
    @RegisterExtension
    static final KafkaFixture KAFKA = new KafkaFixture();

    private static final Duration SOON = Duration.ofSeconds(60);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private final Ingested ingested = new Ingested();

    private void file(String name, String kafka, String rest) throws Exception {
        SourceNode.file(folder, name, kafka, rest);
    }

    private SourceNode node() throws Exception {
        return new SourceNode(KAFKA.kafka.uri(), folder, ingested);
    }

    private void awaitEvents(int count) {
        await().atMost(SOON).until(() -> ingested.count() >= count);
    }

    @Test
    void recordsOfManyPartitionsBecomeEventsOnceInTheOrderOfEachPartition() throws Exception {
        int all = Integer.getInteger("millrace.kafka-source.records", 20_000);
        KAFKA.topic("many", 24);
        file("many", "topics: [many]", SourceNode.BY_PLACE);
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        String padding = "x".repeat(200 << 10);
        for (int i = 0; i < all; i++) {
            String kind = i % 3 == 0 ? "moved" : "made";
            String value = "{\"kind\":\"" + kind + "\",\"n\":" + i
                    + (i % 200 == 0 ? ",\"padding\":\"" + padding + "\"}" : "}");
            records.add(new ProducerRecord<>(
                    "many", i % 24, KafkaFixture.bytes("key-" + i % 500), KafkaFixture.bytes(value)));
        }
        KAFKA.sendAll(records);
        try (SourceNode node = node()) {
            awaitEvents(all);
            await().atMost(SOON).until(() -> KAFKA.committed("millrace-source-many") == all);
            await().atMost(SOON).until(() -> node.gauge("millrace.source.lag.messages") == 0);
            assertEquals(0, node.gauge("millrace.source.age"));
        }
        assertEquals(all, ingested.count());
        Map<Integer, Integer> last = new HashMap<>();
        for (JsonObject event : ingested.events()) {
            int n = event.getJsonObject("data").getInteger("n");
            assertEquals("many/" + n % 24 + "/" + n / 24, event.getString("id"));
            assertEquals("key-" + n % 500, event.getJsonObject("data").getString("key"));
            assertEquals(n % 3 == 0 ? "thing:moved" : "thing:made", event.getString("type"));
            Integer before = last.put(n % 24, n);
            assertTrue(before == null || before < n, () -> n + " after " + before);
        }
    }

    @Test
    void keysOfOtherTypesAndRecordsWithoutValuesAreMappedIfTheFileSaysSo() throws Exception {
        KAFKA.topic("keys", 1);
        file(
                "keys",
                "topics: [keys], key: integer",
                """
                events:
                  - type: thing:moved
                    when: { "#tombstone": "true" }
                    id: "{#offset}"
                    data: { gone: "{#key}" }
                  - type: thing:made
                    when: { "#tombstone": "false" }
                    id: "{#offset}"
                    data: { key: "{#key}", note: "{#header.note}" }
                """);
        byte[] aLong = ByteBuffer.allocate(8).putLong(-7).array();
        byte[] anInt = ByteBuffer.allocate(4).putInt(42).array();
        for (byte[] key : List.of(aLong, anInt)) {
            ProducerRecord<byte[], byte[]> record = new ProducerRecord<>("keys", 0, key, KafkaFixture.bytes("{}"));
            record.headers().add("note", KafkaFixture.bytes("first")).add("note", KafkaFixture.bytes("ü"));
            KAFKA.send(record);
        }
        KAFKA.send(new ProducerRecord<>("keys", 0, anInt, null));
        try (SourceNode node = node()) {
            awaitEvents(3);
        }
        assertEquals(
                List.of(
                        new JsonObject().put("key", "-7").put("note", "ü"),
                        new JsonObject().put("key", "42").put("note", "ü"),
                        new JsonObject().put("gone", "42")),
                ingested.events().stream()
                        .map(event -> event.getJsonObject("data"))
                        .toList());
    }

    @Test
    void whileIngestTakesNothingTheRecordsWaitInOrderAndThePartitionsStay() throws Exception {
        KAFKA.topic("later", 2);
        file("later", "topics: [later]", SourceNode.BY_PLACE);
        try (SourceNode node = node()) {
            await().atMost(SOON).until(() -> KAFKA.members("millrace-source-later") == 1);
            for (Failure failure :
                    List.of(Failure.RATE_LIMITED, Failure.OVERLOADED, Failure.UNAVAILABLE, Failure.INTERNAL)) {
                ingested.down = new MillraceException(failure, "not now");
                KAFKA.send("later", 0, "{\"kind\":\"made\",\"n\":" + failure.ordinal() + "}");
                await().atMost(SOON)
                        .until(() -> node.counted("millrace.source.failures", "reason", failure.code()) >= 2);
                ingested.down = null;
                int n = failure.ordinal();
                await().atMost(SOON).until(() -> ingested.events().stream()
                        .anyMatch(event -> event.getJsonObject("data").getInteger("n") == n));
            }
            // One event of several is refused for now: those before it stay taken, those behind it wait.
            ingested.refusing = event -> event.getJsonObject("data").getInteger("n") == 101
                    ? new MillraceException(Failure.UNAVAILABLE, "not now")
                    : null;
            for (int n = 100; n < 103; n++) {
                KAFKA.send("later", 1, "{\"kind\":\"made\",\"n\":" + n + "}");
            }
            await().atMost(SOON).until(() -> node.counted("millrace.source.failures", "reason", "unavailable") >= 4);
            ingested.refusing = event -> null;
            awaitEvents(7);
            assertEquals(1, KAFKA.members("millrace-source-later"));
            await().atMost(SOON).until(() -> KAFKA.committed("millrace-source-later") == 7);
        }
        assertEquals(Map.of(), ingested.dead());
        assertEquals(7, ingested.count());
    }

    @Test
    void nodesThatComeAndGoInMidBatchLoseNothingAndDoubleNothing() throws Exception {
        int all = 6_000;
        KAFKA.topic("moving", 12);
        file("moving", "topics: [moving]", SourceNode.BY_PLACE);
        SourceNode first = node();
        SourceNode second = null;
        try {
            for (int round = 0; round < 3; round++) {
                List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
                for (int i = round * all / 3; i < (round + 1) * all / 3; i++) {
                    records.add(new ProducerRecord<>(
                            "moving", i % 12, null, KafkaFixture.bytes("{\"kind\":\"made\",\"n\":" + i + "}")));
                }
                KAFKA.sendAll(records);
                if (round == 0) {
                    second = node();
                } else if (round == 1) {
                    first.close();
                    first = node();
                }
            }
            awaitEvents(all);
            await().atMost(SOON).until(() -> KAFKA.committed("millrace-source-moving") == all);
        } finally {
            first.close();
            if (second != null) {
                second.close();
            }
        }
        assertEquals(all, ingested.count());
        assertEquals(Map.of(), ingested.dead());
    }

    @Test
    void aTopicThatIsMadeLaterIsReadFromItsBeginning() throws Exception {
        file("patient", "topics: [patient], start: latest", SourceNode.BY_PLACE);
        try (SourceNode node = node()) {
            await().atMost(SOON).until(() -> KAFKA.members("millrace-source-patient") == 1);
            await().atMost(SOON).until(() -> node.status().problem() != null);
            String problem = String.valueOf(node.status().problem());
            assertTrue(problem.contains("there is no topic patient"), problem);
            assertTrue(Double.isNaN(node.gauge("millrace.source.lag.messages")));
            assertEquals(-1, node.status().lag());
            KAFKA.topic("patient", 1);
            KAFKA.send("patient", 0, "{\"kind\":\"made\",\"n\":1}");
            awaitEvents(1);
            await().atMost(SOON).until(() -> node.status().lag() == 0);
            assertNull(node.status().problem());
        }
    }

    @Test
    void latestBeginsAtTheEndOnceAndReadsWhatComesBetweenTwoStarts() throws Exception {
        KAFKA.topic("late", 1);
        file("late", "topics: [late], start: latest", SourceNode.BY_PLACE);
        KAFKA.send("late", 0, "{\"kind\":\"made\",\"n\":1}");
        SourceNode node = node();
        await().atMost(SOON).until(() -> KAFKA.members("millrace-source-late") == 1);
        node.close();
        KAFKA.send("late", 0, "{\"kind\":\"made\",\"n\":2}");
        KAFKA.morePartitions("late", 2);
        KAFKA.send("late", 1, "{\"kind\":\"made\",\"n\":3}");
        try (SourceNode again = node()) {
            awaitEvents(2);
        }
        assertEquals(
                Set.of(2, 3),
                Set.copyOf(ingested.events().stream()
                        .map(event -> event.getJsonObject("data").getInteger("n"))
                        .toList()));
    }

    @Test
    void kafkaMayBeAwayAtTheStartAndLater() throws Exception {
        KAFKA.topic("away", 1);
        file("away", "topics: [away]", SourceNode.BY_PLACE);
        KAFKA.send("away", 0, "{\"kind\":\"made\",\"n\":1}");
        KAFKA.kafka.stop();
        try (SourceNode node = node()) {
            KAFKA.kafka.restart();
            awaitEvents(1);
            KAFKA.kafka.kill();
            KAFKA.kafka.restart();
            KAFKA.send("away", 0, "{\"kind\":\"made\",\"n\":2}");
            awaitEvents(2);
        }
        assertEquals(2, ingested.count());
    }
}

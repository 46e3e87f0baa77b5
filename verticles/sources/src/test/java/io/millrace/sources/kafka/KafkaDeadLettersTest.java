package io.millrace.sources.kafka;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.millrace.contracts.deadletter.DeadLetterReport;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Records of which no event can be made. */
@Tag("slow")
@Timeout(120)
class KafkaDeadLettersTest {
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

    @Test
    void aRecordThatCanBeNoEventIsADeadLetterWithItsPlaceAndThePartitionGoesOn() throws Exception {
        KAFKA.topic("bad", 1);
        file("bad", "topics: [bad]", SourceNode.BY_PLACE);
        ingested.refusing = event -> event.getJsonObject("data").getInteger("n") == 13
                ? new MillraceException(Failure.REJECTED, "unlucky")
                : null;
        KAFKA.send("bad", 0, "{\"kind\":\"made\",\"n\":1}");
        ProducerRecord<byte[], byte[]> notJson =
                new ProducerRecord<>("bad", 0, KafkaFixture.bytes("k"), KafkaFixture.bytes("not JSON"));
        notJson.headers()
                .add("trace", KafkaFixture.bytes("t-1"))
                .add("nul", new byte[] {'a', 0})
                .add("odd", new byte[] {-1});
        KAFKA.send(notJson);
        KAFKA.send("bad", 0, "{\"kind\":\"made\",\"n\":\"many\"}");
        KAFKA.send("bad", 0, "{\"kind\":\"made\",\"n\":13}");
        KAFKA.send("bad", 0, "[1]");
        KAFKA.send("bad", 0, null);
        KAFKA.send("bad", 0, "{\"kind\":\"unheard of\"}");
        KAFKA.send("bad", 0, "{\"kind\":\"made\",\"n\":7,\"x\":\"" + "x".repeat(SourceNode.MAX_BODY) + "\"}");
        KAFKA.send("bad", 0, "{\"kind\":\"made\",\"n\":2}");
        try (SourceNode node = node()) {
            await().atMost(SOON).until(() -> KAFKA.committed("millrace-source-bad") == 9);
        }
        assertEquals(
                List.of(1, 2),
                ingested.events().stream()
                        .map(event -> event.getJsonObject("data").getInteger("n"))
                        .toList());
        assertEquals(
                Set.of("bad/0/1", "bad/0/2", "bad/0/3", "bad/0/4", "bad/0/7"),
                ingested.dead().keySet());
        DeadLetterReport letter = ingested.dead("bad/0/1");
        assertEquals("bad", letter.source());
        assertEquals(Failure.BAD_MESSAGE, letter.failure());
        assertEquals("not JSON", new String(letter.record(), StandardCharsets.UTF_8));
        assertEquals("t-1", letter.attributes().get("#header.trace"));
        assertNull(letter.attributes().get("#header.nul"), "PostgreSQL keeps no NUL");
        assertNull(letter.attributes().get("#header.odd"));
        assertEquals("k", letter.attributes().get("#key"));
        assertEquals(Failure.INVALID_EVENT, ingested.dead("bad/0/2").failure());
        assertEquals(Failure.REJECTED, ingested.dead("bad/0/3").failure());
        assertEquals(Failure.TOO_LARGE, ingested.dead("bad/0/7").failure());
        assertEquals(0, ingested.dead("bad/0/7").record().length);
    }

    @Test
    void anEventThatNoRequestCouldHoldIsADeadLetterAndThePartitionGoesOn() throws Exception {
        KAFKA.topic("large", 1);
        file(
                "large",
                "topics: [large]",
                """
                events:
                  - { type: "thing:made", id: "{#offset}", data: { once: "{x}", twice: "{x}" } }
                """);
        KAFKA.send("large", 0, "{\"x\":\"" + "x".repeat(SourceNode.MAX_BODY * 3 / 4) + "\"}");
        KAFKA.send("large", 0, "{\"x\":\"y\"}");
        try (SourceNode node = node()) {
            await().atMost(SOON).until(() -> ingested.count() == 1);
        }
        assertEquals(Failure.TOO_LARGE, ingested.dead("large/0/0").failure());
    }
}

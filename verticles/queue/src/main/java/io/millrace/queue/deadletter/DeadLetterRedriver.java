package io.millrace.queue.deadletter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.bus.Topics;
import io.millrace.contracts.deadletter.DeadLetterReport;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.kafka.client.producer.KafkaProducer;
import io.vertx.kafka.client.producer.KafkaProducerRecord;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.jspecify.annotations.Nullable;

/**
 * Sends dead letters to the queue again, like new events: with the same key and the sender's headers, without the retry
 * history; and messages of outside systems to the sources stage, to be made events. Owned by the queue verticle's event
 * loop.
 */
public final class DeadLetterRedriver {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** How long messages are sent to their sources; then the operator is answered, and repeats the command. */
    private static final long MESSAGES_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final KafkaProducer<byte[], byte[]> producer;
    private final Bus bus;

    /**
     * @param producer the producer, whose timeout is below that of the request
     */
    public DeadLetterRedriver(KafkaProducer<byte[], byte[]> producer, Bus bus) {
        this.producer = producer;
        this.bus = bus;
    }

    /** What became of letters that were to be sent; of those that it doesn't hold nothing is known: they stand. */
    static final class Sent {
        /** All in-sync replicas have them, or they are events now. */
        final List<Long> ids = new ArrayList<>();

        /** Refused for good: another try changes nothing before somebody changes something. */
        final List<Long> refused = new ArrayList<>();

        /** The first failure; null if there was none. */
        @Nullable
        Throwable failure;

        /** Whether the queue or a source didn't take a letter that it may take later. */
        boolean away;

        private void failed(Row letter, Throwable error, boolean forGood) {
            failure = failure == null ? error : failure;
            away |= !forGood;
            if (forGood) {
                refused.add(letter.getLong(0));
            }
        }
    }

    /** Never fails because of what can't be sent. */
    Future<Sent> send(SqlConnection connection, List<Long> ids) {
        Sent sent = new Sent();
        if (ids.isEmpty()) {
            return Future.succeededFuture(sent);
        }
        return connection
                .preparedQuery(DeadLetterSql.RECORDS)
                .execute(Tuple.of((Object) ids.toArray(Long[]::new)))
                .compose(rows -> {
                    List<Row> queued = new ArrayList<>();
                    List<Row> messages = new ArrayList<>();
                    rows.forEach(row -> (DeadLetterRow.SOURCES.equals(row.getString(4)) ? messages : queued).add(row));
                    long until = System.nanoTime() + MESSAGES_NANOS;
                    return Future.join(sendQueued(queued, sent), sendMessages(messages.iterator(), until, sent))
                            .map(sent);
                });
    }

    /** In their order, up to the first that its source can't take now; what is left stands. */
    private Future<Void> sendMessages(Iterator<Row> letters, long untilNanos, Sent sent) {
        if (!letters.hasNext() || System.nanoTime() - untilNanos > 0) {
            return Future.succeededFuture();
        }
        Row letter = letters.next();
        return bus.request(Addresses.SOURCE_MESSAGES, report(letter)).transform(done -> {
            if (done.succeeded()) {
                sent.ids.add(letter.getLong(0));
                return sendMessages(letters, untilNanos, sent);
            }
            boolean forGood = !MillraceException.of(done.cause()).failure().retryable();
            sent.failed(letter, done.cause(), forGood);
            return forGood ? sendMessages(letters, untilNanos, sent) : Future.succeededFuture();
        });
    }

    private static DeadLetterReport report(Row row) {
        SortedMap<String, String> attributes = new TreeMap<>();
        headers(row.getString(3))
                .forEach(header -> attributes.put(
                        header.path("name").asText(), header.path("text").asText()));
        return new DeadLetterReport(
                row.getString(5),
                row.getString(6),
                row.getInteger(7),
                row.getLong(8),
                0,
                Failure.INVALID_EVENT,
                row.getString(9),
                attributes,
                bytes(row.getBuffer(1)),
                row.getBuffer(2).getBytes());
    }

    /** Sends the first letter alone: while Kafka is unavailable, each record blocks the producer for its timeout. */
    private Future<Void> sendQueued(List<Row> letters, Sent sent) {
        if (letters.isEmpty()) {
            return Future.succeededFuture();
        }
        return send(letters.get(0), sent)
                .compose(available -> available
                        ? Future.join(letters.stream()
                                        .skip(1)
                                        .map(letter -> send(letter, sent))
                                        .toList())
                                .mapEmpty()
                        : Future.succeededFuture());
    }

    /** Completes with whether Kafka is available. */
    private Future<Boolean> send(Row letter, Sent sent) {
        return producer.send(record(letter)).transform(done -> {
            if (done.succeeded()) {
                sent.ids.add(letter.getLong(0));
                return Future.succeededFuture(true);
            }
            boolean tooLarge = done.cause() instanceof RecordTooLargeException;
            MillraceException told = tooLarge
                    ? new MillraceException(Failure.TOO_LARGE, "the queue's topic takes no record of that size")
                    : new MillraceException(Failure.UNAVAILABLE, "the queue doesn't take events now");
            sent.failed(letter, told, tooLarge);
            return Future.succeededFuture(tooLarge);
        });
    }

    private static KafkaProducerRecord<byte[], byte[]> record(Row row) {
        KafkaProducerRecord<byte[], byte[]> record =
                KafkaProducerRecord.create(Topics.EVENTS, bytes(row.getBuffer(1)), bytes(row.getBuffer(2)));
        for (JsonNode header : headers(row.getString(3))) {
            JsonNode text = header.get("text");
            record.addHeader(
                    header.path("name").asText(),
                    text != null
                            ? Buffer.buffer(text.asText())
                            : Buffer.buffer(Base64.getDecoder()
                                    .decode(header.path("base64").asText())));
        }
        return record;
    }

    private static JsonNode headers(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("the database holds invalid JSON", impossible);
        }
    }

    private static byte @Nullable [] bytes(@Nullable Buffer buffer) {
        return buffer == null ? null : buffer.getBytes();
    }
}

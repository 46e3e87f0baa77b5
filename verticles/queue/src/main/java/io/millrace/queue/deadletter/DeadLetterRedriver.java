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

    /**
     * Completes with the letters that all in-sync replicas have, or that are events now; fails if there are none: as
     * {@link Failure#UNAVAILABLE}, or as the sources stage refused the first.
     */
    Future<List<Long>> send(SqlConnection connection, List<Long> ids) {
        if (ids.isEmpty()) {
            return Future.succeededFuture(ids);
        }
        return connection
                .preparedQuery(DeadLetterSql.RECORDS)
                .execute(Tuple.of((Object) ids.toArray(Long[]::new)))
                .compose(rows -> {
                    List<Row> queued = new ArrayList<>();
                    List<Row> messages = new ArrayList<>();
                    rows.forEach(row -> (DeadLetterRow.SOURCES.equals(row.getString(4)) ? messages : queued).add(row));
                    List<Long> sent = new ArrayList<>();
                    long until = System.nanoTime() + MESSAGES_NANOS;
                    return Future.join(send(queued, sent), sendMessages(messages.iterator(), until, sent))
                            .map(sent)
                            .recover(error ->
                                    sent.isEmpty() ? Future.failedFuture(error) : Future.succeededFuture(sent));
                });
    }

    /** In their order, up to the first that its source can't take now; what is left stands. */
    private Future<Void> sendMessages(Iterator<Row> letters, long untilNanos, List<Long> sent) {
        if (!letters.hasNext() || System.nanoTime() - untilNanos > 0) {
            return Future.succeededFuture();
        }
        Row letter = letters.next();
        return bus.request(Addresses.SOURCE_MESSAGES, report(letter))
                .onSuccess(published -> sent.add(letter.getLong(0)))
                .transform(done -> {
                    boolean goOn = done.succeeded()
                            || !MillraceException.of(done.cause()).failure().retryable();
                    Future<Void> rest = goOn ? sendMessages(letters, untilNanos, sent) : Future.succeededFuture();
                    // The first refusal is the one that is told.
                    return done.succeeded() ? rest : rest.transform(all -> Future.failedFuture(done.cause()));
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
    private Future<List<Long>> send(List<Row> letters, List<Long> sent) {
        if (letters.isEmpty()) {
            return Future.succeededFuture(sent);
        }
        return send(letters.get(0), sent)
                .recover(error -> Future.failedFuture(
                        new MillraceException(Failure.UNAVAILABLE, "the queue doesn't take events now")))
                .compose(first -> Future.join(letters.stream()
                                .skip(1)
                                .map(letter -> send(letter, sent))
                                .toList())
                        .transform(all -> Future.succeededFuture(sent)));
    }

    private Future<Void> send(Row letter, List<Long> sent) {
        return producer.send(record(letter))
                .onSuccess(there -> sent.add(letter.getLong(0)))
                .mapEmpty();
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

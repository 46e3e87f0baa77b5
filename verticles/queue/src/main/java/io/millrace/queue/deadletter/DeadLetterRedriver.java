package io.millrace.queue.deadletter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.contracts.bus.Topics;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.kafka.client.producer.KafkaProducer;
import io.vertx.kafka.client.producer.KafkaProducerRecord;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sends dead letters to the queue again, like new events: with the same key and the sender's headers, without the retry
 * history. Owned by the queue verticle's event loop.
 */
public final class DeadLetterRedriver {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final KafkaProducer<byte[], byte[]> producer;

    /**
     * @param producer the producer, whose timeout is below that of the request
     */
    public DeadLetterRedriver(KafkaProducer<byte[], byte[]> producer) {
        this.producer = producer;
    }

    /**
     * Completes with the letters that all in-sync replicas have; fails as {@link Failure#UNAVAILABLE} if there are
     * none.
     */
    Future<List<Long>> send(SqlConnection connection, List<Long> ids) {
        if (ids.isEmpty()) {
            return Future.succeededFuture(ids);
        }
        return connection
                .preparedQuery(DeadLetterSql.RECORDS)
                .execute(Tuple.of((Object) ids.toArray(Long[]::new)))
                .compose(rows -> {
                    List<Row> letters = new ArrayList<>();
                    rows.forEach(letters::add);
                    return send(letters);
                });
    }

    /** Sends the first letter alone: while Kafka is unavailable, each record blocks the producer for its timeout. */
    private Future<List<Long>> send(List<Row> letters) {
        List<Long> sent = new ArrayList<>();
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

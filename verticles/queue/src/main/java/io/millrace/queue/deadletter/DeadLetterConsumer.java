package io.millrace.queue.deadletter;

import io.millrace.contracts.deadletter.DeadLetterCommandResult;
import io.millrace.contracts.deadletter.DeadLetterReport;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.platform.resilience.Retry;
import io.millrace.postgres.PgErrors;
import io.millrace.queue.commit.QueueMetrics;
import io.vertx.core.Future;
import io.vertx.kafka.client.consumer.KafkaConsumerRecord;
import java.time.Clock;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies the dead letters from Kafka to PostgreSQL, each once, and stores those that sources report. While PostgreSQL is
 * unavailable they wait in Kafka, or at their source.
 * Owned by the queue verticle's event loop.
 */
public final class DeadLetterConsumer {
    private static final Logger LOG = LoggerFactory.getLogger(DeadLetterConsumer.class);

    private final DeadLetterRepository table;
    private final DeadLetterAlerts alerts;
    private final Retry retry;
    private final QueueMetrics meters;
    private final Clock clock;

    public DeadLetterConsumer(
            DeadLetterRepository table, DeadLetterAlerts alerts, Retry retry, QueueMetrics meters, Clock clock) {
        this.table = table;
        this.alerts = alerts;
        this.retry = retry;
        this.meters = meters;
        this.clock = clock;
    }

    /** Completes when each letter is stored. */
    public Future<Void> take(List<KafkaConsumerRecord<byte[], byte[]>> records) {
        List<DeadLetterRow> rows = records.stream().map(DeadLetterRow::of).toList();
        return retry.run(rows.size() + " dead letters", () -> add(rows)).onSuccess(added -> alerts.look());
    }

    /** Stores a message of which a source could make no event; completes when that is done. */
    public Future<DeadLetterCommandResult> report(DeadLetterReport report) {
        return table.report(DeadLetterRow.of(report, clock.millis()), alerts::raisesNoAlert)
                .onSuccess(codes -> codes.forEach(meters::deadLetter))
                .recover(PgErrors::toFailure)
                .onSuccess(added -> alerts.look())
                .map(added -> new DeadLetterCommandResult(1, added.size()));
    }

    private Future<Void> add(List<DeadLetterRow> rows) {
        return table.add(rows, alerts::raisesNoAlert)
                .onSuccess(codes -> codes.forEach(meters::deadLetter))
                .<Void>mapEmpty()
                .recover(PgErrors::toFailure)
                .recover(error -> oneByOne(rows, error));
    }

    /** Stores a letter that PostgreSQL refuses as bytes only, so that it doesn't block the others. */
    private Future<Void> oneByOne(List<DeadLetterRow> rows, Throwable error) {
        if (MillraceException.of(error).failure().retryable()) {
            return Future.failedFuture(error);
        }
        if (rows.size() > 1) {
            Future<Void> chain = Future.succeededFuture();
            for (DeadLetterRow row : rows) {
                chain = chain.compose(before -> add(List.of(row)));
            }
            return chain;
        }
        DeadLetterRow row = rows.get(0);
        if (row.json() == null) {
            return Future.failedFuture(error);
        }
        LOG.warn("stored an unreadable dead letter as bytes: {}", error.getMessage());
        return add(List.of(row.unread()));
    }
}

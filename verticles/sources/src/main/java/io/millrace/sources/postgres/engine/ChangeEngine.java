package io.millrace.sources.postgres.engine;

import io.debezium.embedded.Connect;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.DebeziumEngine.RecordCommitter;
import io.debezium.engine.RecordChangeEvent;
import io.debezium.engine.format.ChangeEventFormat;
import io.millrace.sources.postgres.PostgresSource;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Debezium's engine from its start to its end. It has threads of its own; one of them waits until a batch is taken on the
 * event loop before it gets the next, so that at most a queue of 16 MiB and a batch wait in memory. Belongs to that event
 * loop.
 */
public final class ChangeEngine {
    private static final Logger LOG = LoggerFactory.getLogger(ChangeEngine.class);

    private final String name;
    private final Context context;
    private final ChangeReader reader;
    private final Function<ChangeBatch, Future<Void>> taker;
    private final Promise<Void> started = Promise.promise();
    private final Promise<Void> ended = Promise.promise();
    private final DebeziumEngine<RecordChangeEvent<SourceRecord>> engine;
    private volatile boolean polling;
    private volatile boolean stopping;
    private boolean closing;

    /**
     * @param context the event loop on which batches are taken
     * @param generation how often the source has begun anew
     * @param taker completes when what a batch holds is acknowledged and saved
     */
    public ChangeEngine(
            PostgresSource source,
            Context context,
            int generation,
            TransactionFilter filter,
            Function<ChangeBatch, Future<Void>> taker) {
        this.name = source.source().name();
        this.context = context;
        this.reader = new ChangeReader(generation, filter);
        this.taker = taker;
        this.engine = DebeziumEngine.create(ChangeEventFormat.of(Connect.class))
                .using(EngineProperties.of(source))
                .using(new Progress())
                .using((success, message, error) -> onLoop(() -> end(success, message, error)))
                .notifying(this::take)
                .build();
    }

    /** Starts its threads. */
    public void start() {
        Thread thread = new Thread(engine, "millrace-source-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    /** Completes when it reads; a failure is told by {@link #ended} alone. */
    public Future<Void> started() {
        return started.future();
    }

    /** Completes when all its threads and connections are gone; fails with why it has ended by itself. */
    public Future<Void> ended() {
        return ended.future();
    }

    /** Ends it, and the batch that is being taken. Debezium can't be closed while it starts: then it is when it has. */
    public void stop() {
        stopping = true;
        if (polling && !closing) {
            closing = true;
            Thread closer = new Thread(this::close, "millrace-source-" + name + "-end");
            closer.setDaemon(true);
            closer.start();
        }
    }

    private void close() {
        try {
            engine.close();
        } catch (IOException | IllegalStateException already) {
            LOG.debug("source {}: the engine had ended", name, already);
        }
    }

    private void end(boolean success, @Nullable String message, @Nullable Throwable error) {
        if (success || stopping) {
            ended.tryComplete();
        } else {
            ended.tryFail(error == null ? new IllegalStateException(message) : error);
        }
    }

    /** False if the event loop is gone, with its Vert.x. */
    private boolean onLoop(Runnable action) {
        try {
            context.runOnContext(here -> action.run());
            return true;
        } catch (RejectedExecutionException gone) {
            LOG.debug("source {}: its event loop has ended", name, gone);
            return false;
        }
    }

    private final class Progress implements DebeziumEngine.ConnectorCallback {
        @Override
        public void pollingStarted() {
            polling = true;
            onLoop(() -> {
                started.tryComplete();
                if (stopping) {
                    stop();
                }
            });
        }
    }

    /** Called on the engine's thread, which may wait here. */
    private void take(
            List<RecordChangeEvent<SourceRecord>> events, RecordCommitter<RecordChangeEvent<SourceRecord>> committer)
            throws InterruptedException {
        ChangeBatch batch =
                reader.read(events.stream().map(RecordChangeEvent::record).toList());
        CompletableFuture<Void> taken = new CompletableFuture<>();
        boolean asked = onLoop(() -> {
            if (stopping) {
                taken.completeExceptionally(new IllegalStateException("the source stops"));
                return;
            }
            taker.apply(batch).onComplete(done -> {
                if (done.succeeded()) {
                    taken.complete(null);
                } else {
                    taken.completeExceptionally(done.cause());
                }
            });
        });
        if (!asked) {
            throw new InterruptedException();
        }
        try {
            taken.get();
        } catch (ExecutionException failed) {
            throw new IllegalStateException(failed.getCause());
        }
        for (int i = events.size() - 1; i >= 0; i--) {
            if (ChangeReader.end(events.get(i).record()) != null) {
                committer.markProcessed(events.get(i));
                committer.markBatchFinished();
                return;
            }
        }
    }
}

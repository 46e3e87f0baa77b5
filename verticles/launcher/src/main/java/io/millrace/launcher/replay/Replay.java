package io.millrace.launcher.replay;

import io.millrace.launcher.replay.format.EventSource;
import io.millrace.launcher.replay.format.MappedRows;
import io.millrace.launcher.replay.format.PrefixHash;
import io.millrace.launcher.replay.send.EventResult;
import io.millrace.launcher.replay.send.EventSender;
import io.millrace.launcher.replay.send.ReplayThrottle;
import io.millrace.launcher.replay.send.SendBatch;
import io.millrace.launcher.replay.send.SendException;
import io.millrace.launcher.replay.send.Sleeper;
import io.millrace.mapping.MappedEvent;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Replays one file from its checkpoint to its end. A thread of its own sends a batch while the next one is read;
 * several batches in flight are still acknowledged in order, so that the checkpoint is never ahead. Used by one thread.
 */
final class Replay implements AutoCloseable {
    private static final int MOST_BYTES = 1 << 20;
    private static final int MOST_STEPS = 10_000;

    private final EventSource source;
    private final EventSender sender;
    private final ReplayThrottle pace;
    private final Sleeper timing;
    private final Checkpoint bookmark;
    private final int batchSize;
    private final int inFlight;
    private final Consumer<ReplayStats> progress;
    private final ReplayStats tally;
    private final ExecutorService senders;
    private final ArrayDeque<Sent> sent = new ArrayDeque<>();
    private @Nullable IOException unreadable;

    /** The future answers of a batch. */
    private record Sent(SendBatch batch, Future<List<EventResult>> results) {}

    /**
     * @param batchSize the number of events in a request
     * @param inFlight how many batches are sent at the same time; 1 keeps the order
     * @param tally the counts of earlier runs, which this run continues
     * @param progress called for each acknowledged batch
     */
    Replay(
            EventSource source,
            EventSender sender,
            ReplayThrottle pace,
            Sleeper timing,
            Checkpoint bookmark,
            int batchSize,
            int inFlight,
            ReplayStats tally,
            Consumer<ReplayStats> progress) {
        this.source = source;
        this.sender = sender;
        this.pace = pace;
        this.timing = timing;
        this.bookmark = bookmark;
        this.batchSize = batchSize;
        this.inFlight = inFlight;
        this.tally = tally;
        this.progress = progress;
        this.senders = Executors.newFixedThreadPool(inFlight, task -> {
            Thread thread = new Thread(task, "replay-sender");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Returns when the last event is acknowledged.
     *
     * @throws IOException if the file can't be read on, after its readable part was sent, or the checkpoint can't be
     *     written
     * @throws SendException if the server refuses; the checkpoint has the progress
     */
    void run() throws IOException, SendException, InterruptedException {
        SendBatch batch = new SendBatch();
        for (MappedRows step = read(); step != null; step = read()) {
            Duration wait = step.events().isEmpty()
                    ? Duration.ZERO
                    : pace.untilDue(step.events().get(0).timestamp());
            if (!wait.isZero()) {
                dispatch(batch);
                batch = new SendBatch();
                acknowledgeAll();
                timing.sleep(wait);
            }
            if (isFull(batch, step)) {
                dispatch(batch);
                batch = new SendBatch();
            }
            batch.add(step);
        }
        dispatch(batch);
        acknowledgeAll();
        if (unreadable != null) {
            throw unreadable;
        }
        PrefixHash hash = source.hash();
        save(new PrefixHash.Mark(0, hash.rows(), hash.hash()));
    }

    /** The next step; null at the end of the readable part. */
    private @Nullable MappedRows read() {
        try {
            return source.next();
        } catch (IOException failed) {
            unreadable = failed;
            return null;
        }
    }

    /** @param end the end of the file; null while there is more */
    private void save(PrefixHash.@Nullable Mark end) throws IOException {
        List<PrefixHash.Mark> marks = source.hash().marks();
        long rows = marks.isEmpty() ? 0 : marks.get(marks.size() - 1).row();
        bookmark.save(new Checkpoint.Position(rows, marks, end, tally));
    }

    /** Whether the batch is sent before the next step is added. */
    private boolean isFull(SendBatch batch, MappedRows next) {
        if (batch.isEmpty()) {
            return false;
        }
        double fill = Math.max(
                Math.max(
                        (double) (batch.events() + next.events().size() - 1) / batchSize,
                        (double) batch.bytes() / MOST_BYTES),
                (double) batch.steps().size() / MOST_STEPS);
        // A batch should end at a possible checkpoint, but must not grow without limit.
        return fill >= 1 && (batch.last().clean() || fill >= 4);
    }

    private void dispatch(SendBatch batch) throws IOException, SendException, InterruptedException {
        if (batch.isEmpty()) {
            return;
        }
        if (sent.size() == inFlight) {
            acknowledgeNext();
        }
        sent.add(new Sent(batch, senders.submit(() -> send(batch))));
    }

    private List<EventResult> send(SendBatch batch) throws SendException, InterruptedException {
        List<EventResult> results = new ArrayList<>();
        for (List<MappedEvent> request : batch.requests(batchSize)) {
            results.addAll(sender.send(request));
        }
        return results;
    }

    private void acknowledgeAll() throws IOException, SendException, InterruptedException {
        while (!sent.isEmpty()) {
            acknowledgeNext();
        }
    }

    private void acknowledgeNext() throws IOException, SendException, InterruptedException {
        Sent oldest = sent.remove();
        List<EventResult> results;
        try {
            results = oldest.results().get();
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof SendException failure) {
                throw failure;
            }
            throw new IllegalStateException(failed.getCause());
        }
        oldest.batch().steps().forEach(tally::add);
        results.forEach(tally::add);
        for (MappedRows step : oldest.batch().steps()) {
            if (step.clean()) {
                source.hash().mark(step.resumeAt());
            }
        }
        if (oldest.batch().last().clean()) {
            save(null);
        }
        progress.accept(tally);
    }

    /** Cancels the batches in flight, which will be sent again. */
    @Override
    public void close() throws IOException {
        senders.shutdownNow();
        source.close();
    }
}

package io.millrace.launcher.replay;

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
 * One file from where it was left to its end. A thread of its own sends a batch while the next one is read; with more than
 * one in flight, they are still acknowledged in order, so that the bookmark never runs ahead. Belongs to one thread.
 */
final class Replay implements AutoCloseable {
    private static final int MOST_BYTES = 1 << 20;
    private static final int MOST_STEPS = 10_000;

    private final EventSource source;
    private final Sender sender;
    private final Pace pace;
    private final Timing timing;
    private final Bookmark bookmark;
    private final int batchSize;
    private final int inFlight;
    private final Consumer<Tally> progress;
    private final Tally tally;
    private final ExecutorService senders;
    private final ArrayDeque<Sent> sent = new ArrayDeque<>();
    private @Nullable IOException unreadable;

    /** What a batch was answered, once it was. */
    private record Sent(Batch batch, Future<List<Result>> results) {}

    /**
     * @param batchSize events of a request
     * @param inFlight batches that are sent at the same time; 1 keeps the order
     * @param tally what was done before; counted on
     * @param progress hears of each acknowledged batch
     */
    Replay(
            EventSource source,
            Sender sender,
            Pace pace,
            Timing timing,
            Bookmark bookmark,
            int batchSize,
            int inFlight,
            Tally tally,
            Consumer<Tally> progress) {
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
     * @throws IOException the file, after what could be read of it was sent, or the bookmark
     * @throws SendFailure the server; the bookmark tells how far it came
     */
    void run() throws IOException, SendFailure, InterruptedException {
        Batch batch = new Batch();
        for (Step step = read(); step != null; step = read()) {
            Duration wait = step.events().isEmpty()
                    ? Duration.ZERO
                    : pace.untilDue(step.events().get(0).timestamp());
            if (!wait.isZero()) {
                dispatch(batch);
                batch = new Batch();
                acknowledgeAll();
                timing.sleep(wait);
            }
            if (isFull(batch, step)) {
                dispatch(batch);
                batch = new Batch();
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

    /** Null at the end of what can be read. */
    private @Nullable Step read() {
        try {
            return source.next();
        } catch (IOException failed) {
            unreadable = failed;
            return null;
        }
    }

    /** @param end null while there is more */
    private void save(PrefixHash.@Nullable Mark end) throws IOException {
        List<PrefixHash.Mark> marks = source.hash().marks();
        long rows = marks.isEmpty() ? 0 : marks.get(marks.size() - 1).row();
        bookmark.save(new Bookmark.Position(rows, marks, end, tally));
    }

    /** Whether it is to be sent before the next step is put in. */
    private boolean isFull(Batch batch, Step next) {
        if (batch.isEmpty()) {
            return false;
        }
        double fill = Math.max(
                Math.max(
                        (double) (batch.events() + next.events().size() - 1) / batchSize,
                        (double) batch.bytes() / MOST_BYTES),
                (double) batch.steps().size() / MOST_STEPS);
        // It had better end where a bookmark can be put, but not at the price of growing for ever.
        return fill >= 1 && (batch.last().clean() || fill >= 4);
    }

    private void dispatch(Batch batch) throws IOException, SendFailure, InterruptedException {
        if (batch.isEmpty()) {
            return;
        }
        if (sent.size() == inFlight) {
            acknowledgeNext();
        }
        sent.add(new Sent(batch, senders.submit(() -> send(batch))));
    }

    private List<Result> send(Batch batch) throws SendFailure, InterruptedException {
        List<Result> results = new ArrayList<>();
        for (List<Outgoing> request : batch.requests(batchSize)) {
            results.addAll(sender.send(request));
        }
        return results;
    }

    private void acknowledgeAll() throws IOException, SendFailure, InterruptedException {
        while (!sent.isEmpty()) {
            acknowledgeNext();
        }
    }

    private void acknowledgeNext() throws IOException, SendFailure, InterruptedException {
        Sent oldest = sent.remove();
        List<Result> results;
        try {
            results = oldest.results().get();
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof SendFailure failure) {
                throw failure;
            }
            throw new IllegalStateException(failed.getCause());
        }
        oldest.batch().steps().forEach(tally::add);
        results.forEach(tally::add);
        for (Step step : oldest.batch().steps()) {
            if (step.clean()) {
                source.hash().mark(step.resumeAt());
            }
        }
        if (oldest.batch().last().clean()) {
            save(null);
        }
        progress.accept(tally);
    }

    /** Stops what is in flight; it will be sent again. */
    @Override
    public void close() throws IOException {
        senders.shutdownNow();
        source.close();
    }
}

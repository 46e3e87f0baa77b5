package io.millrace.platform.stream;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.CommittedBatch;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.stream.Heads;
import io.millrace.contracts.stream.HeadsQuery;
import io.millrace.contracts.stream.HistoryPage;
import io.millrace.contracts.stream.HistoryQuery;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows streams over the cluster, in order, without gap or repeat, on a bus that may lose and reorder messages. It
 * knows the next offset of each stream: an earlier one is a repeat and dropped; a later one is held while the gap is
 * fetched from history. A {@link HeadMonitor} compares its heads with the database's, so that a lost message is noticed
 * within a second, even without a later one. All state belongs to the event loop on which it was made.
 */
public final class StreamFollower {
    private static final Logger LOG = LoggerFactory.getLogger(StreamFollower.class);
    /**
     * The wait before a missing offset counts as a gap: commits of different nodes may overtake each other on the bus.
     */
    private static final int REORDER_MS = 20;

    /** The wait before an offset that a check finds missing counts as lost: it may still be on its way. */
    private static final int ON_ITS_WAY_MS = 200;

    private final Vertx vertx;
    private final Bus bus;
    private final Sink sink;
    private final Counter repeats;
    private final Counter fetched;
    private final Map<String, StreamCursor> streams = new HashMap<>();
    private final Map<Integer, Future<Bus.Registration>> shards = new HashMap<>();
    private final MissingEvents missing;

    private boolean everything;
    private boolean baseline;

    /** Receives the followed events, on the follower's event loop. */
    public interface Sink {
        /** The next events of one stream, in order, never empty. */
        void committed(String stream, List<CommittedEvent> events);

        /** Transient events, which have no offset. */
        void transients(List<CommittedEvent> events);

        /**
         * The stream was reset, or its oldest events were removed: earlier knowledge is void.
         *
         * @param beginning the position after which the next events come
         */
        void reset(String stream, Position beginning);
    }

    /**
     * @param stage the following stage, for the names of the metrics
     */
    public StreamFollower(Vertx vertx, Bus bus, MeterRegistry metrics, String stage, Sink sink) {
        this.vertx = vertx;
        this.bus = bus;
        this.sink = sink;
        this.repeats = metrics.counter("millrace." + stage + ".repeated.events");
        this.fetched = metrics.counter("millrace." + stage + ".fetched.events");
        this.missing = new MissingEvents(vertx, bus, stream -> streams.get(stream.stream) == stream, this::apply);
        new HeadMonitor(vertx, bus, () -> everything || !streams.isEmpty(), this::check).start();
    }

    /** Follows one stream. Completes with its newest position; every later event will be delivered. */
    public Future<Position> follow(String stream) {
        StreamCursor known = streams.get(stream);
        if (known != null) {
            return known.ready;
        }
        StreamCursor followed = new StreamCursor(stream);
        streams.put(stream, followed);
        followed.ready = listen(Addresses.shardOf(stream))
                .compose(listening -> bus.request(Addresses.HISTORY, new HistoryQuery(stream, 0, 1, true)))
                .map(page -> {
                    followed.begin(page.epoch(), page.head());
                    release(followed);
                    // After the page's head if the bus was faster than history: those events were delivered already.
                    return new Position(Objects.requireNonNull(followed.epoch), followed.next - 1);
                })
                .onFailure(error -> streams.remove(stream, followed));
        return followed.ready;
    }

    /** Stops following a stream; its shard is unregistered with the last stream in it. */
    public void unfollow(String stream) {
        streams.remove(stream);
        int shard = Addresses.shardOf(stream);
        boolean needed = everything || streams.keySet().stream().anyMatch(other -> Addresses.shardOf(other) == shard);
        Future<Bus.Registration> listening = needed ? null : shards.remove(shard);
        if (listening != null) {
            listening
                    .compose(Bus.Registration::close)
                    .onFailure(error -> LOG.warn("could not unregister from shard {}: {}", shard, error.getMessage()));
        }
    }

    /** Follows every present and future stream, from now on. */
    public Future<Void> followAll() {
        everything = true;
        return Future.all(IntStream.range(0, Addresses.SHARDS)
                        .mapToObj(this::listen)
                        .toList())
                .compose(listening -> bus.request(Addresses.HEADS, new HeadsQuery(0)))
                .map(heads -> {
                    for (Heads.Head head : heads.heads()) {
                        StreamCursor followed = new StreamCursor(head.stream());
                        followed.begin(head.epoch(), head.offset());
                        // A stream that a commit started meanwhile keeps its state.
                        streams.putIfAbsent(head.stream(), followed);
                    }
                    baseline = true;
                    return null;
                });
    }

    private Future<Bus.Registration> listen(int shard) {
        return shards.computeIfAbsent(
                shard, n -> bus.listen(Addresses.shard(n), this::receive).onFailure(error -> shards.remove(n)));
    }

    private void receive(CommittedBatch batch) {
        List<CommittedEvent> transients = new ArrayList<>();
        List<CommittedEvent> run = new ArrayList<>();
        String stream = "";
        for (CommittedEvent event : batch.events()) {
            if (event.position() == null) {
                transients.add(event);
                continue;
            }
            if (!event.event().stream().equals(stream)) {
                receive(stream, run);
                run = new ArrayList<>();
                stream = event.event().stream();
            }
            run.add(event);
        }
        receive(stream, run);
        if (!transients.isEmpty()) {
            sink.transients(transients);
        }
    }

    private void receive(String stream, List<CommittedEvent> run) {
        if (run.isEmpty()) {
            return;
        }
        StreamCursor followed = streams.get(stream);
        if (followed == null) {
            if (!everything) {
                return;
            }
            followed = new StreamCursor(stream);
            // Once all heads are known, an unknown stream is a new one, and starts at its beginning.
            followed.begin(epoch(run), baseline ? 0 : position(run.get(0)).offset() - 1);
            streams.put(stream, followed);
        }
        if (followed.hasSeenEvents() && !epoch(run).equals(followed.epoch)) {
            // The stream was reset, or this is a late batch from before a reset: only the database knows.
            missing.add(followed);
            return;
        }
        for (CommittedEvent event : run) {
            followed.hold(event);
        }
        release(followed);
    }

    /** Delivers the events that are next in order; requests missing ones. */
    private void release(StreamCursor followed) {
        if (!followed.begun()) {
            return;
        }
        List<CommittedEvent> next = followed.takeNext(repeats);
        if (!next.isEmpty()) {
            sink.committed(followed.stream, next);
        }
        if (!followed.held.isEmpty() && !followed.waiting) {
            followed.waiting = true;
            vertx.setTimer(REORDER_MS, timer -> {
                followed.waiting = false;
                if (!followed.held.isEmpty() && followed.held.firstKey() > followed.next) {
                    missing.add(followed);
                }
            });
        }
    }

    private void apply(StreamCursor followed, HistoryPage page) {
        fetched.increment(page.events().size());
        if (!page.epoch().equals(followed.epoch) && followed.hasSeenEvents()) {
            // The held events are of the old stream.
            followed.held.clear();
            followed.begin(page.epoch(), page.oldest() - 1);
            sink.reset(followed.stream, new Position(page.epoch(), page.oldest() - 1));
            missing.add(followed);
            return;
        }
        followed.epoch = page.epoch();
        if (page.oldest() > followed.next) {
            sink.reset(followed.stream, new Position(page.epoch(), page.oldest() - 1));
            followed.next = page.oldest();
        }
        page.events().forEach(followed::hold);
        release(followed);
        if (followed.next <= page.head() && !page.events().isEmpty()) {
            missing.add(followed);
        }
    }

    private void check(Heads heads) {
        heads.heads().forEach(this::check);
        missing.askAgain();
    }

    private void check(Heads.Head head) {
        StreamCursor followed = streams.get(head.stream());
        if (followed == null && everything) {
            followed = new StreamCursor(head.stream());
            followed.begin(head.epoch(), 0);
            streams.put(head.stream(), followed);
        }
        if (followed == null || !followed.begun()) {
            return;
        }
        if (followed.hasSeenEvents() && !head.epoch().equals(followed.epoch)) {
            missing.add(followed);
        } else if (followed.next <= head.offset() && !followed.fetching && !followed.suspected) {
            StreamCursor behind = followed;
            behind.suspected = true;
            vertx.setTimer(ON_ITS_WAY_MS, timer -> {
                behind.suspected = false;
                if (behind.next <= head.offset()) {
                    missing.add(behind);
                }
            });
        }
    }

    private static String epoch(List<CommittedEvent> run) {
        return position(run.get(0)).epoch();
    }

    static Position position(CommittedEvent event) {
        return Objects.requireNonNull(event.position(), "a transient event has no offset");
    }
}

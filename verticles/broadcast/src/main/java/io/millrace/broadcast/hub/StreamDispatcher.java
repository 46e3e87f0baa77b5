package io.millrace.broadcast.hub;

import io.micrometer.core.instrument.Tags;
import io.millrace.broadcast.history.HistoryLoader;
import io.millrace.broadcast.history.HistoryStates;
import io.millrace.broadcast.history.ReplayBuffer;
import io.millrace.broadcast.outbound.OutboundEvent;
import io.millrace.broadcast.spec.StartPosition;
import io.millrace.contracts.entity.EntitySnapshot;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.journey.DeliverySummary.Trace;
import io.millrace.contracts.stream.HistoryQuery;
import io.millrace.domain.model.Kpi;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.stream.KpiFollower;
import io.millrace.platform.stream.StreamFollower;
import io.millrace.platform.tracing.EventSpans;
import io.millrace.platform.tracing.Hop;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The streams that this node's clients follow: each event encoded once, kept for a while, and dispatched to the hubs
 * with subscriptions to it. One for the node; all state belongs to the broadcast verticle's event loop. Hubs call from
 * their own loops, and are answered there; what is dispatched to one hub arrives in the order in which it was sent.
 */
public final class StreamDispatcher implements StreamFollower.Sink {
    private final Vertx vertx;
    private final Context loop;
    private final NodeContext node;
    private final Limits limits;
    private final StreamFollower follower;
    private final KpiFollower kpis;
    private final HistoryLoader historyLoader;
    private final HistoryStates historyStates;
    private final StartPositionResolver starts;
    private final Map<String, FollowedStream> followed = new HashMap<>();

    /**
     * The dispatcher's limits.
     *
     * @param recentEvents how many events of each stream are kept in memory, for clients that resume
     * @param recentBytes how many bytes of the events of each stream are kept in memory
     * @param historyConcurrency how many pages of history are read at once
     * @param stateEntities how many entities of one stream a client is sent as its state
     * @param lingerMs how long a stream without subscriptions is still followed, since clients reconnect; milliseconds
     */
    public record Limits(
            int recentEvents, long recentBytes, int historyConcurrency, int stateEntities, long lingerMs) {}

    /**
     * Where a subscription starts.
     *
     * @param head the newest position
     * @param after where the subscription starts: the position asked for, or the head if that position is of another epoch
     * @param recovered whether no event is missing after the position asked for
     * @param state the entities at {@code after}; null if the client didn't ask for them
     */
    public record Start(Position head, Position after, boolean recovered, @Nullable EntitySnapshot state) {
        Start(Position head, Position after, boolean recovered) {
            this(head, after, recovered, null);
        }

        /** Whether a gap follows, since history has removed events after the position asked for. */
        public boolean isBeforeGap(StartPosition asked) {
            boolean byPosition = asked instanceof StartPosition.After || asked instanceof StartPosition.Offset;
            return byPosition && !recovered && !after.equals(head);
        }
    }

    /**
     * Consecutive events of a stream.
     *
     * @param complete whether nothing newer was known when the page was made
     * @param remembered whether the page is from memory, which knows the states that the events made of their entities
     * @param lost the last of the requested offsets that aren't kept any more; 0 if none is missing
     */
    public record Page(List<OutboundEvent> messages, boolean complete, boolean remembered, long lost) {}

    public StreamDispatcher(Vertx vertx, NodeContext node, Limits limits) {
        this.vertx = vertx;
        this.loop = vertx.getOrCreateContext();
        this.node = node;
        this.limits = limits;
        this.historyLoader = new HistoryLoader(node.bus(), limits.historyConcurrency());
        this.historyStates = new HistoryStates(node.bus(), historyLoader);
        this.starts = new StartPositionResolver(vertx, node, historyLoader, limits.stateEntities());
        node.metrics().gaugeMapSize("millrace.broadcast.streams", Tags.empty(), followed);
        this.follower = new StreamFollower(vertx, node.bus(), node.metrics(), "broadcast", this);
        this.kpis = new KpiFollower(vertx, node.bus(), this::committed);
    }

    /** Opens a stream for a hub: every event after {@link Start#head} is dispatched to it. */
    Future<Start> open(String stream, Hub hub, StartPosition from) {
        Kpi kpi = node.domains().kpiOf(stream);
        return callOnLoop(
                hub.context(), () -> (kpi == null ? follower.follow(stream) : kpis.follow(kpi)).compose(head -> {
                    FollowedStream entry =
                            followed.computeIfAbsent(stream, name -> kpi == null ? stream(head) : kpi(stream, head));
                    if (!entry.hubs.contains(hub)) {
                        entry.hubs.add(hub);
                    }
                    return starts.find(stream, entry, from);
                }));
    }

    private FollowedStream stream(Position head) {
        return new FollowedStream(new ReplayBuffer(limits.recentEvents(), limits.recentBytes()), head, false);
    }

    private FollowedStream kpi(String stream, Position head) {
        FollowedStream entry = new FollowedStream(new ReplayBuffer(1, limits.recentBytes()), head, true);
        CommittedEvent newest = kpis.newest(stream);
        if (newest != null) {
            entry.recent.add(OutboundEvent.of(node.domains(), newest));
        }
        return entry;
    }

    /** The next events after an offset: from memory if they are there, else from history. */
    Future<Page> read(String stream, long after, Hub hub) {
        return callOnLoop(hub.context(), () -> {
            FollowedStream entry = followed.get(stream);
            if (entry == null || after >= entry.head.offset()) {
                return Future.succeededFuture(new Page(List.of(), true, true, 0));
            }
            if (entry.newestOnly || entry.recent.reaches(after + 1)) {
                return Future.succeededFuture(page(entry.recent.after(after, HistoryLoader.PAGE), entry, true, 0));
            }
            return historyLoader
                    .page(new HistoryQuery(stream, after, HistoryLoader.PAGE, false))
                    .compose(history -> {
                        if (!history.epoch().equals(entry.head.epoch())) {
                            // The follower notices it within a second.
                            return Future.failedFuture(
                                    new MillraceException(Failure.UNAVAILABLE, "the stream is being reset"));
                        }
                        List<OutboundEvent> messages =
                                new ArrayList<>(history.events().size());
                        for (CommittedEvent event : history.events()) {
                            // The database may be ahead of what was dispatched; the rest is dispatched to the hub
                            // later.
                            if (event.position() != null && event.position().offset() <= entry.head.offset()) {
                                messages.add(OutboundEvent.of(node.domains(), event));
                            }
                        }
                        long lost = messages.isEmpty()
                                ? Math.min(history.oldest() - 1, entry.head.offset())
                                : messages.get(0).offset() - 1;
                        return Future.succeededFuture(page(messages, entry, false, lost > after ? lost : 0));
                    });
        });
    }

    /** What this node remembers of an event, as far as the stream is followed now. */
    Future<Trace> trace(String stream, Position position, Hub hub) {
        return callOnLoop(hub.context(), () -> Future.succeededFuture(trace(followed.get(stream), position)));
    }

    private static Trace trace(@Nullable FollowedStream entry, Position position) {
        if (entry == null || position.offset() <= entry.since.offset()) {
            return Trace.NOT_FOLLOWED;
        }
        if (!entry.recent.reaches(position.offset())) {
            return Trace.FORGOTTEN;
        }
        return entry.recent.after(position.offset() - 1, 1).stream().anyMatch(OutboundEvent::matched)
                ? Trace.MATCHED
                : Trace.UNMATCHED;
    }

    /** An event, if it is in memory; else this fails. */
    Future<OutboundEvent> remembered(String stream, long offset, Hub hub) {
        return callOnLoop(hub.context(), () -> {
            FollowedStream entry = followed.get(stream);
            OutboundEvent found = entry == null ? null : entry.recent.at(offset);
            return found == null
                    ? Future.failedFuture(new MillraceException(Failure.NOT_FOUND, "not in memory"))
                    : Future.succeededFuture(found);
        });
    }

    /** Events of history with the states of their entities; see {@link HistoryStates}. */
    Future<List<OutboundEvent>> withStates(List<OutboundEvent> messages, Hub hub) {
        return callOnLoop(hub.context(), () -> historyStates.addTo(messages));
    }

    private static Page page(List<OutboundEvent> messages, FollowedStream entry, boolean remembered, long lost) {
        boolean complete =
                messages.isEmpty() || messages.get(messages.size() - 1).offset() >= entry.head.offset();
        return new Page(messages, complete, remembered, lost);
    }

    /** The hub has no subscription to the stream any more. */
    public void unsubscribe(String stream, Hub hub) {
        loop.runOnContext(left -> {
            FollowedStream entry = followed.get(stream);
            if (entry != null && entry.hubs.remove(hub) && entry.hubs.isEmpty()) {
                vertx.setTimer(limits.lingerMs(), timer -> {
                    if (entry.hubs.isEmpty() && followed.remove(stream, entry)) {
                        if (entry.newestOnly) {
                            kpis.unfollow(stream);
                        } else {
                            follower.unfollow(stream);
                        }
                    }
                });
            }
        });
    }

    @Override
    public void committed(String stream, List<CommittedEvent> events) {
        FollowedStream entry = followed.get(stream);
        if (entry == null) {
            return;
        }
        List<OutboundEvent> messages = encode(events);
        for (OutboundEvent message : messages) {
            entry.recent.add(message);
        }
        Position last = messages.get(messages.size() - 1).message().position();
        if (last != null) {
            entry.head = last;
        }
        dispatch(entry, stream, messages);
    }

    @Override
    public void transients(List<CommittedEvent> events) {
        Map<String, List<CommittedEvent>> byStream = new HashMap<>();
        for (CommittedEvent event : events) {
            if (followed.containsKey(event.event().stream())) {
                byStream.computeIfAbsent(event.event().stream(), stream -> new ArrayList<>())
                        .add(event);
            }
        }
        byStream.forEach((stream, part) -> {
            FollowedStream entry = followed.get(stream);
            if (entry != null) {
                dispatch(entry, stream, encode(part));
            }
        });
    }

    @Override
    public void reset(String stream, Position beginning) {
        FollowedStream entry = followed.get(stream);
        if (entry == null) {
            return;
        }
        entry.recent.clear();
        entry.head = beginning;
        entry.since = beginning;
        for (Hub hub : entry.hubs) {
            hub.context().runOnContext(reset -> hub.reset(stream, beginning));
        }
    }

    private List<OutboundEvent> encode(List<CommittedEvent> events) {
        List<OutboundEvent> messages = new ArrayList<>(events.size());
        for (CommittedEvent event : events) {
            messages.add(OutboundEvent.of(node.domains(), event));
        }
        return messages;
    }

    private void dispatch(FollowedStream entry, String stream, List<OutboundEvent> messages) {
        Runnable flushed = endOfSpans(entry, messages);
        for (Hub hub : entry.hubs) {
            hub.context().runOnContext(deliver -> hub.deliver(stream, messages, flushed));
        }
    }

    /** Ends the spans of the traced events when it was called for each hub; null if none is traced. */
    private @Nullable Runnable endOfSpans(FollowedStream entry, List<OutboundEvent> messages) {
        if (!node.tracing().isOn() || entry.hubs.isEmpty()) {
            return null;
        }
        EventSpans spans = node.tracing()
                .begin(
                        Hop.BROADCAST,
                        messages.stream().map(OutboundEvent::event).toList());
        return spans.areNone() ? null : spans.endAfter(entry.hubs.size());
    }

    /** Runs on the dispatcher's event loop and answers on the hub's. */
    private <T> Future<T> callOnLoop(Context hub, Supplier<Future<T>> work) {
        Promise<T> promise = Promise.promise();
        loop.runOnContext(run -> work.get()
                .onComplete(done -> hub.runOnContext(answer -> {
                    if (done.succeeded()) {
                        promise.complete(done.result());
                    } else {
                        promise.fail(done.cause());
                    }
                })));
        return promise.future();
    }

    /** A stream that this node follows. */
    static final class FollowedStream {
        final ReplayBuffer recent;
        final List<Hub> hubs = new ArrayList<>();
        /** Whether an event supersedes all before it, so that only the newest is kept: a KPI's stream. */
        final boolean newestOnly;

        Position head;
        /** The head when the node began to follow the stream, or its beginning since a reset. */
        Position since;

        FollowedStream(ReplayBuffer recent, Position head, boolean newestOnly) {
            this.recent = recent;
            this.head = head;
            this.since = head;
            this.newestOnly = newestOnly;
        }
    }
}

package io.millrace.broadcast.hub;

import io.micrometer.core.instrument.Tags;
import io.millrace.broadcast.outbound.OutboundEvent;
import io.millrace.broadcast.replay.HistoryLoader;
import io.millrace.broadcast.replay.ReplayBuffer;
import io.millrace.broadcast.spec.StartPosition;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.entity.EntityQuery;
import io.millrace.contracts.entity.EntitySnapshot;
import io.millrace.contracts.entity.EntityState;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.stream.HistoryQuery;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.stream.StreamFollower;
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
 * The streams that this node's clients follow: each event encoded once, kept for a while, handed to the hubs that want
 * it. One for the node; all state belongs to the broadcast verticle's event loop. Hubs call from their own loops, and are
 * answered there; what the feed sends to one hub arrives in the order in which it was sent.
 */
public final class StreamDispatcher implements StreamFollower.Sink {
    private final Vertx vertx;
    private final Context loop;
    private final NodeContext node;
    private final Limits limits;
    private final StreamFollower follower;
    private final HistoryLoader histories;
    private final StartPositionResolver starts;
    private final Map<String, FollowedStream> channels = new HashMap<>();

    /**
     * @param recentEvents of each stream kept in memory, for those who come back
     * @param recentBytes likewise
     * @param histories pages of history asked for at once
     * @param stateEntities of one stream that a client is told at once
     * @param lingerMs how long a stream is followed that nobody listens to any more, since people come back
     */
    public record Limits(int recentEvents, long recentBytes, int histories, int stateEntities, long lingerMs) {}

    /**
     * Where a subscription begins.
     *
     * @param head the newest position
     * @param after where to go on: what was asked for, or the head if that can't be kept
     * @param recovered whether nothing is missing between what was asked for and what will come
     * @param state the entities as they stand at {@code after}; null if they weren't asked for
     */
    public record Start(Position head, Position after, boolean recovered, @Nullable EntitySnapshot state) {
        Start(Position head, Position after, boolean recovered) {
            this(head, after, recovered, null);
        }
    }

    /**
     * A stretch of a stream.
     *
     * @param complete whether nothing newer was known when it was made
     * @param remembered whether it is from memory, which knows what the events made of their entities
     * @param lost up to which offset nothing is kept any more of what was asked for; 0 if nothing is missing
     */
    public record Page(List<OutboundEvent> messages, boolean complete, boolean remembered, long lost) {}

    public StreamDispatcher(Vertx vertx, NodeContext node, Limits limits) {
        this.vertx = vertx;
        this.loop = vertx.getOrCreateContext();
        this.node = node;
        this.limits = limits;
        this.histories = new HistoryLoader(node.bus(), limits.histories());
        this.starts = new StartPositionResolver(vertx, node, histories, limits.stateEntities());
        node.metrics().gaugeMapSize("millrace.broadcast.streams", Tags.empty(), channels);
        this.follower = new StreamFollower(vertx, node.bus(), node.metrics(), "broadcast", this);
    }

    /** Opens a stream for a hub: every event after {@link Start#head} will be handed to it. */
    Future<Start> open(String stream, Hub hub, StartPosition from) {
        return on(hub.context(), () -> follower.follow(stream).compose(head -> {
            FollowedStream channel = channels.computeIfAbsent(
                    stream,
                    name -> new FollowedStream(new ReplayBuffer(limits.recentEvents(), limits.recentBytes()), head));
            if (!channel.hubs.contains(hub)) {
                channel.hubs.add(hub);
            }
            return starts.find(stream, channel, from);
        }));
    }

    /** The next events after an offset: from memory if they are there, else from history. */
    Future<Page> read(String stream, long after, Hub hub) {
        return on(hub.context(), () -> {
            FollowedStream channel = channels.get(stream);
            if (channel == null || after >= channel.head.offset()) {
                return Future.succeededFuture(new Page(List.of(), true, true, 0));
            }
            if (channel.recent.reaches(after + 1)) {
                return Future.succeededFuture(page(channel.recent.after(after, HistoryLoader.PAGE), channel, true, 0));
            }
            return histories
                    .page(new HistoryQuery(stream, after, HistoryLoader.PAGE, false))
                    .compose(history -> {
                        if (!history.epoch().equals(channel.head.epoch())) {
                            // The feed hears of it within a second.
                            return Future.failedFuture(
                                    new MillraceException(Failure.UNAVAILABLE, "the stream is being begun anew"));
                        }
                        List<OutboundEvent> messages =
                                new ArrayList<>(history.events().size());
                        for (CommittedEvent event : history.events()) {
                            // The database may be ahead of the feed; the hub gets the rest from the feed.
                            if (event.position() != null && event.position().offset() <= channel.head.offset()) {
                                messages.add(OutboundEvent.of(node.domains(), event));
                            }
                        }
                        long lost = messages.isEmpty()
                                ? Math.min(history.oldest() - 1, channel.head.offset())
                                : messages.get(0).offset() - 1;
                        return Future.succeededFuture(page(messages, channel, false, lost > after ? lost : 0));
                    });
        });
    }

    /** History doesn't tell states. The last event of each entity gets the state as it stands now, or as it was deleted. */
    Future<List<OutboundEvent>> withStates(List<OutboundEvent> messages, Hub hub) {
        return on(hub.context(), () -> {
            Map<EntityRef, Integer> last = new HashMap<>();
            for (int i = 0; i < messages.size(); i++) {
                EntityRef entity = messages.get(i).entity();
                if (entity != null && !messages.get(i).removal()) {
                    last.put(entity, i);
                }
            }
            List<OutboundEvent> told = new ArrayList<>(messages);
            List<Future<Void>> asked = new ArrayList<>(last.size());
            last.forEach((entity, at) -> {
                OutboundEvent message = messages.get(at);
                if (message.stateKnown()) {
                    // It was deleted, which is all there is to know; who reads on may have had it.
                    told.set(at, message.with(message.version(), null));
                    return;
                }
                asked.add(histories
                        .turn(() -> state(entity, message.version()))
                        .<Void>map(state -> {
                            told.set(at, message.with(state.version(), state.state()));
                            return null;
                        })
                        // Then the event goes as it is.
                        .otherwiseEmpty());
            });
            return Future.all(asked).map(told);
        });
    }

    /** A cache may be a second behind; history isn't. */
    private Future<EntityState> state(EntityRef entity, long version) {
        return node.bus()
                .request(Addresses.CACHE, new EntityQuery(entity, false))
                .compose(state -> state.version() >= version
                        ? Future.succeededFuture(state)
                        : node.bus().request(Addresses.ENTITY, new EntityQuery(entity, true)));
    }

    private static Page page(List<OutboundEvent> messages, FollowedStream channel, boolean remembered, long lost) {
        boolean complete =
                messages.isEmpty() || messages.get(messages.size() - 1).offset() >= channel.head.offset();
        return new Page(messages, complete, remembered, lost);
    }

    /** The hub has no subscription to the stream any more. */
    public void leave(String stream, Hub hub) {
        loop.runOnContext(left -> {
            FollowedStream channel = channels.get(stream);
            if (channel != null && channel.hubs.remove(hub) && channel.hubs.isEmpty()) {
                vertx.setTimer(limits.lingerMs(), timer -> {
                    if (channel.hubs.isEmpty() && channels.remove(stream, channel)) {
                        follower.unfollow(stream);
                    }
                });
            }
        });
    }

    @Override
    public void committed(String stream, List<CommittedEvent> events) {
        FollowedStream channel = channels.get(stream);
        if (channel == null) {
            return;
        }
        List<OutboundEvent> messages = encode(events);
        for (OutboundEvent message : messages) {
            channel.recent.add(message);
        }
        Position last = messages.get(messages.size() - 1).message().position();
        if (last != null) {
            channel.head = last;
        }
        hand(channel, stream, messages);
    }

    @Override
    public void transients(List<CommittedEvent> events) {
        Map<String, List<CommittedEvent>> byStream = new HashMap<>();
        for (CommittedEvent event : events) {
            if (channels.containsKey(event.event().stream())) {
                byStream.computeIfAbsent(event.event().stream(), stream -> new ArrayList<>())
                        .add(event);
            }
        }
        byStream.forEach((stream, part) -> {
            FollowedStream channel = channels.get(stream);
            if (channel != null) {
                hand(channel, stream, encode(part));
            }
        });
    }

    @Override
    public void reset(String stream, Position beginning) {
        FollowedStream channel = channels.get(stream);
        if (channel == null) {
            return;
        }
        channel.recent.clear();
        channel.head = beginning;
        for (Hub hub : channel.hubs) {
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

    private static void hand(FollowedStream channel, String stream, List<OutboundEvent> messages) {
        for (Hub hub : channel.hubs) {
            hub.context().runOnContext(deliver -> hub.deliver(stream, messages));
        }
    }

    /** Runs on the feed's loop, answers on the hub's. */
    private <T> Future<T> on(Context hub, Supplier<Future<T>> work) {
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
        Position head;

        FollowedStream(ReplayBuffer recent, Position head) {
            this.recent = recent;
            this.head = head;
        }
    }
}

package io.millrace.broadcast;

import io.micrometer.core.instrument.Tags;
import io.millrace.contracts.Addresses;
import io.millrace.contracts.Committed;
import io.millrace.contracts.HistoryQuery;
import io.millrace.contracts.Position;
import io.millrace.platform.Node;
import io.millrace.platform.StreamFollower;
import io.millrace.platform.delivery.Message;
import io.millrace.platform.delivery.PositionSeal;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The streams that this node's clients follow: each event encoded once, kept for a while, handed to the hubs that want
 * it. One for the node; all state belongs to the broadcast verticle's event loop. Hubs call from their own loops, and are
 * answered there; what the feed sends to one hub arrives in the order in which it was sent.
 */
final class Feed implements StreamFollower.Sink {
    private static final int PAGE = 500;
    /** How long a position that is ahead of this node waits for it to catch up, before the database is asked. */
    private static final int BEHIND_MS = 50;

    private final Vertx vertx;
    private final Context loop;
    private final Node node;
    private final BroadcastSettings settings;
    private final long lingerMs;
    private final PositionSeal seal;
    private final StreamFollower follower;
    private final Map<String, Channel> channels = new HashMap<>();

    /**
     * Where a subscription begins.
     *
     * @param head the newest position
     * @param after where to go on: what was asked for, or the head if that can't be kept
     * @param recovered whether nothing is missing between what was asked for and what will come
     */
    record Start(Position head, Position after, boolean recovered) {}

    /** A stretch of a stream; {@code complete} if nothing newer was known when it was made. */
    record Page(List<Message> messages, boolean complete) {}

    private static final class Channel {
        final Recent recent;
        final List<Hub> hubs = new ArrayList<>();
        Position head;

        Channel(Recent recent, Position head) {
            this.recent = recent;
            this.head = head;
        }
    }

    /**
     * @param linger how long a stream is followed that nobody listens to any more, since people come back
     */
    Feed(Vertx vertx, Node node, BroadcastSettings settings, Duration linger) {
        this.vertx = vertx;
        this.loop = vertx.getOrCreateContext();
        this.node = node;
        this.settings = settings;
        this.lingerMs = linger.toMillis();
        this.seal = new PositionSeal(node.tokens().keyFor("position"));
        node.metrics().gaugeMapSize("millrace.broadcast.streams", Tags.empty(), channels);
        this.follower = new StreamFollower(vertx, node.bus(), node.metrics(), "broadcast", this);
    }

    /**
     * Opens a stream for a hub: every event after {@link Start#head} will be handed to it.
     *
     * @param asked reads what the client gave as {@code after}, knowing the stream's epoch; null for the head
     */
    Future<Start> open(String stream, Hub hub, After asked) {
        return on(hub.context(), () -> follower.follow(stream).compose(head -> {
            Channel channel = channels.computeIfAbsent(
                    stream, name -> new Channel(new Recent(settings.recentEvents(), settings.recentBytes()), head));
            if (!channel.hubs.contains(hub)) {
                channel.hubs.add(hub);
            }
            return start(stream, channel, asked);
        }));
    }

    /**
     * Reads the {@code after} of a subscription, in the form that its visibility gives positions. Called on the feed's
     * loop, with the feed's seal.
     */
    interface After {
        /** Null if there was none; {@code Position.EMPTY} for the beginning; one of another epoch if it can't be kept. */
        @Nullable
        Position in(String epoch, PositionSeal seal);
    }

    private Future<Start> start(String stream, Channel channel, After asked) {
        Position after = asked.in(channel.head.epoch(), seal);
        Position head = channel.head;
        if (after == null) {
            return Future.succeededFuture(new Start(head, head, true));
        }
        boolean fromBeginning = after.equals(Position.EMPTY);
        boolean sameEpoch = after.epoch().equals(head.epoch());
        if (!fromBeginning
                && (sameEpoch ? after.offset() > head.offset() : head.epoch().equals(Position.NO_EPOCH))) {
            return vertx.timer(BEHIND_MS, TimeUnit.MILLISECONDS)
                    .compose(later -> channel.head.equals(head)
                            ? behind(stream, channel, asked, after)
                            : start(stream, channel, asked));
        }
        if (!fromBeginning && !sameEpoch) {
            return Future.succeededFuture(new Start(head, head, false));
        }
        Position wanted = new Position(head.epoch(), after.offset());
        if (wanted.offset() == head.offset() || channel.recent.reaches(wanted.offset() + 1)) {
            return Future.succeededFuture(new Start(head, wanted, true));
        }
        return node.bus()
                .request(Addresses.HISTORY, new HistoryQuery(stream, wanted.offset(), 1, false))
                .map(page -> page.oldest() <= wanted.offset() + 1
                        // What came while history was asked is on its way to the hub already.
                        ? new Start(channel.head, wanted, true)
                        : new Start(channel.head, channel.head, false));
    }

    /** The client comes from a node that knew more: what the database has comes here too, within a second. */
    private Future<Start> behind(String stream, Channel channel, After asked, Position after) {
        return node.bus()
                .request(Addresses.HISTORY, new HistoryQuery(stream, 0, 1, true))
                .compose(page -> page.epoch().equals(after.epoch()) && page.head() >= after.offset()
                        ? start(stream, channel, asked)
                        : Future.succeededFuture(new Start(channel.head, channel.head, false)));
    }

    /** The next events after an offset: from memory if they are there, else from history. */
    Future<Page> read(String stream, long after, Hub hub) {
        return on(hub.context(), () -> {
            Channel channel = channels.get(stream);
            if (channel == null) {
                return Future.succeededFuture(new Page(List.of(), true));
            }
            if (after >= channel.head.offset()) {
                return Future.succeededFuture(new Page(List.of(), true));
            }
            if (channel.recent.reaches(after + 1)) {
                List<Message> messages = channel.recent.after(after, PAGE);
                return Future.succeededFuture(page(messages, channel));
            }
            return node.bus()
                    .request(Addresses.HISTORY, new HistoryQuery(stream, after, PAGE, false))
                    .map(history -> {
                        List<Message> messages =
                                new ArrayList<>(history.events().size());
                        for (Committed event : history.events()) {
                            // The database may be ahead of the feed; the hub gets the rest from the feed.
                            if (event.position() != null && event.position().offset() <= channel.head.offset()) {
                                messages.add(Message.of(node.domains(), event));
                            }
                        }
                        return page(messages, channel);
                    });
        });
    }

    private static Page page(List<Message> messages, Channel channel) {
        boolean complete =
                messages.isEmpty() || messages.get(messages.size() - 1).offset() >= channel.head.offset();
        return new Page(messages, complete);
    }

    /** The hub has no subscription to the stream any more. */
    void leave(String stream, Hub hub) {
        loop.runOnContext(left -> {
            Channel channel = channels.get(stream);
            if (channel != null && channel.hubs.remove(hub) && channel.hubs.isEmpty()) {
                vertx.setTimer(lingerMs, timer -> {
                    if (channel.hubs.isEmpty() && channels.remove(stream, channel)) {
                        follower.unfollow(stream);
                    }
                });
            }
        });
    }

    @Override
    public void committed(String stream, List<Committed> events) {
        Channel channel = channels.get(stream);
        if (channel == null) {
            return;
        }
        List<Message> messages = encode(events);
        for (Message message : messages) {
            channel.recent.add(message);
        }
        Position last = messages.get(messages.size() - 1).position();
        if (last != null) {
            channel.head = last;
        }
        hand(channel, stream, messages);
    }

    @Override
    public void transients(List<Committed> events) {
        Map<String, List<Committed>> byStream = new HashMap<>();
        for (Committed event : events) {
            if (channels.containsKey(event.event().stream())) {
                byStream.computeIfAbsent(event.event().stream(), stream -> new ArrayList<>())
                        .add(event);
            }
        }
        byStream.forEach((stream, part) -> {
            Channel channel = channels.get(stream);
            if (channel != null) {
                hand(channel, stream, encode(part));
            }
        });
    }

    @Override
    public void reset(String stream, Position beginning) {
        Channel channel = channels.get(stream);
        if (channel == null) {
            return;
        }
        channel.recent.clear();
        channel.head = beginning;
        for (Hub hub : channel.hubs) {
            hub.context().runOnContext(reset -> hub.reset(stream, beginning));
        }
    }

    private List<Message> encode(List<Committed> events) {
        List<Message> messages = new ArrayList<>(events.size());
        for (Committed event : events) {
            messages.add(Message.of(node.domains(), event));
        }
        return messages;
    }

    private static void hand(Channel channel, String stream, List<Message> messages) {
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
}

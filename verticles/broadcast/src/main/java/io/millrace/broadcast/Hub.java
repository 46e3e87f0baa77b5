package io.millrace.broadcast;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import io.millrace.contracts.Position;
import io.millrace.platform.Node;
import io.millrace.platform.delivery.Message;
import io.millrace.platform.delivery.PositionSeal;
import io.millrace.platform.delivery.Visibility;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The subscriptions and sockets of one event loop, which owns all its state. Matches groups, not clients; writes one
 * shared frame to all of a group; flushes each socket once a turn.
 */
final class Hub {
    private static final Logger LOG = LoggerFactory.getLogger(Hub.class);
    private final Context context;
    private final Feed feed;
    private final PositionSeal seal;
    private final Map<String, Audience> audiences = new HashMap<>();
    private final SocketWriter writer;
    private final Counter lagged;
    private final Timer endToEnd;

    /** Everybody on this loop who follows one stream. */
    private static final class Audience {
        final Map<Visibility, Group> groups = new HashMap<>();
        final Set<Subscription> subscriptions = new HashSet<>();
    }

    Hub(Context context, Node node, Feed feed) {
        this.context = context;
        this.feed = feed;
        this.seal = new PositionSeal(node.tokens().keyFor("position"));
        this.writer = new SocketWriter(context, node.metrics());
        this.lagged = node.metrics().counter("millrace.broadcast.lagged");
        this.endToEnd = Timer.builder("millrace.broadcast.accept.to.socket")
                .publishPercentileHistogram()
                .register(node.metrics());
    }

    Context context() {
        return context;
    }

    /** Begins a subscription; {@code opened} is called before its first event is written. */
    Future<Feed.Start> subscribe(
            Subscription subscription, Feed.After after, java.util.function.Consumer<Feed.Start> opened) {
        Audience audience = audiences.computeIfAbsent(subscription.stream, stream -> new Audience());
        audience.subscriptions.add(subscription);
        return feed.open(subscription.stream, this, after)
                .onSuccess(start -> {
                    if (subscription.closed) {
                        if (!audiences.containsKey(subscription.stream)) {
                            // It left before the feed knew that it came.
                            feed.leave(subscription.stream, this);
                        }
                        return;
                    }
                    subscription.opened = true;
                    subscription.cursor = start.after().offset();
                    opened.accept(start);
                    if (subscription.cursor == start.head().offset()) {
                        join(subscription);
                    } else {
                        read(subscription);
                    }
                })
                .onFailure(error -> unsubscribe(subscription));
    }

    void unsubscribe(Subscription subscription) {
        if (subscription.closed) {
            return;
        }
        subscription.closed = true;
        Audience audience = audiences.get(subscription.stream);
        if (audience == null) {
            return;
        }
        leaveGroup(audience, subscription);
        audience.subscriptions.remove(subscription);
        if (audience.subscriptions.isEmpty()) {
            audiences.remove(subscription.stream);
            feed.leave(subscription.stream, this);
        }
    }

    private void join(Subscription subscription) {
        Audience audience = audiences.get(subscription.stream);
        if (audience != null && !subscription.closed && !subscription.live) {
            subscription.live = true;
            audience.groups.computeIfAbsent(subscription.visibility, Group::new).add(subscription);
        }
    }

    private static void leaveGroup(Audience audience, Subscription subscription) {
        Group group = audience.groups.get(subscription.visibility);
        if (subscription.live && group != null) {
            subscription.live = false;
            group.remove(subscription);
            if (group.members.isEmpty()) {
                audience.groups.remove(group.visibility);
            }
        }
    }

    /** Reads on from the cursor while the socket takes it; joins the group where nothing newer is known. */
    private void read(Subscription subscription) {
        boolean itsTurn = subscription.opened && !subscription.live && !subscription.reading && !subscription.closed;
        if (!itsTurn || !subscription.connection.writable()) {
            return;
        }
        subscription.reading = true;
        feed.read(subscription.stream, subscription.cursor, this).onComplete(done -> {
            subscription.reading = false;
            if (subscription.closed) {
                return;
            }
            if (done.failed()) {
                LOG.warn("history of {} can't be read now; tried again", subscription.stream);
                context.owner().setTimer(500, timer -> read(subscription));
                return;
            }
            Feed.Page page = done.result();
            boolean all = write(subscription, page.messages());
            if (all && page.complete()) {
                join(subscription);
            } else {
                read(subscription);
            }
        });
    }

    /** Writes as many as the socket takes, a frame at a time; whether that was all. It reads the rest when it has room. */
    private boolean write(Subscription subscription, List<Message> messages) {
        int from = 0;
        while (from < messages.size() && subscription.connection.writable()) {
            int to = from;
            for (int size = 0; to < messages.size() && size < SocketWriter.MAX_FRAME; to++) {
                size += messages.get(to).line().length;
            }
            List<Message> part = messages.subList(from, to);
            subscription.cursor = part.get(part.size() - 1).offset();
            writer.send(subscription.lines(part, seal), List.of(subscription));
            from = to;
        }
        return from == messages.size();
    }

    /** The socket reads again: whoever fell behind on it goes on. */
    void writable(Connection connection) {
        for (Subscription subscription : connection.subscriptions()) {
            if (!subscription.live) {
                read(subscription);
            }
        }
    }

    /** Events of one stream, in order, as the feed has them. */
    void deliver(String stream, List<Message> messages) {
        Audience audience = audiences.get(stream);
        if (audience == null) {
            return;
        }
        boolean addressed = false;
        for (Message message : messages) {
            addressed |= !message.unaddressed();
        }
        for (Group group : List.copyOf(audience.groups.values())) {
            dropLagging(audience, group);
            if (addressed) {
                deliverEach(group, messages);
            } else if (group.visibility.own().isEmpty()) {
                writer.send(lines(group, messages), group.members);
            } else {
                deliverByOwner(group, messages);
            }
            advance(group, messages);
        }
        measure(messages);
    }

    private static void advance(Group group, List<Message> messages) {
        long last = messages.get(messages.size() - 1).offset();
        if (last > 0) {
            for (Subscription member : group.members) {
                member.cursor = last;
            }
        }
    }

    /** A full socket's subscriptions leave their group, and read on from their cursor when it has room again. */
    private void dropLagging(Audience audience, Group group) {
        List<Subscription> lagging = null;
        for (Subscription member : group.members) {
            if (!member.connection.writable()) {
                lagging = lagging == null ? new ArrayList<>() : lagging;
                lagging.add(member);
            }
        }
        if (lagging != null) {
            lagged.increment(lagging.size());
            lagging.forEach(member -> leaveGroup(audience, member));
        }
    }

    private List<byte[]> lines(Group group, List<Message> messages) {
        List<byte[]> lines = new ArrayList<>(messages.size());
        for (Message message : messages) {
            if (group.visibility.whole()) {
                lines.add(message.line());
            } else if (group.visibility.all().contains(message.event().type())) {
                lines.add(message.sealedLine(seal));
            }
        }
        return lines;
    }

    private void deliverByOwner(Group group, List<Message> messages) {
        for (Message message : messages) {
            String owner = message.event().owner();
            List<Subscription> receivers =
                    group.visibility.all().contains(message.event().type())
                            ? group.members
                            : owner != null
                                            && group.visibility
                                                    .own()
                                                    .contains(message.event().type())
                                    ? group.ownedBy(owner)
                                    : List.of();
            writer.send(List.of(message.sealedLine(seal)), receivers);
        }
    }

    private void deliverEach(Group group, List<Message> messages) {
        for (Subscription member : group.members) {
            writer.send(member.lines(messages, seal), List.of(member));
        }
    }

    /** The stream was begun anew: its subscribers are told, and go on from its beginning. */
    void reset(String stream, Position beginning) {
        Audience audience = audiences.get(stream);
        if (audience == null) {
            return;
        }
        for (Subscription subscription : audience.subscriptions) {
            subscription.cursor = beginning.offset();
            subscription.connection.begunAnew(stream, text(subscription, beginning));
        }
    }

    /** How a position reads for somebody. */
    String text(Subscription subscription, Position position) {
        return subscription.visibility.whole() || position.epoch().equals(Position.NO_EPOCH)
                ? position.toString()
                : seal.seal(subscription.stream, position);
    }

    private void measure(List<Message> messages) {
        long now = System.currentTimeMillis() * 1000;
        for (Message message : messages) {
            endToEnd.record(
                    Math.max(0, now - Objects.requireNonNull(message).event().acceptedAtMicros()),
                    TimeUnit.MICROSECONDS);
        }
    }
}

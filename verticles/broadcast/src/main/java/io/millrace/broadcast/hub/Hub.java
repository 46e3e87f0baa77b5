package io.millrace.broadcast.hub;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import io.millrace.broadcast.outbound.CloseMetrics;
import io.millrace.broadcast.outbound.OutboundEvent;
import io.millrace.broadcast.spec.SlowConsumerPolicy;
import io.millrace.broadcast.spec.StartPosition;
import io.millrace.broadcast.spec.SubscriptionSpec;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.millrace.domain.DomainModel;
import io.millrace.platform.delivery.PositionCipher;
import io.millrace.platform.node.NodeContext;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The subscriptions and connections of one event loop, which owns all its state. Matches groups, not clients; writes what
 * is shared to all of a group; flushes each connection once a turn.
 */
public final class Hub {
    private static final int DELTA_ENTITIES = 10_000;

    private final Context context;
    private final StreamDispatcher feed;
    private final PositionCipher seal;
    private final Map<String, SubscriptionIndex> audiences = new HashMap<>();
    private final FanOutWriter writer;
    private final List<Connection> full = new ArrayList<>();
    private final CloseMetrics refusals;
    private final Counter lagged;
    private final Counter conflated;
    private final CatchUp catchUp;
    private final Timer endToEnd;

    public Hub(Context context, NodeContext node, StreamDispatcher feed) {
        this.context = context;
        this.feed = feed;
        this.seal = new PositionCipher(node.tokens().keyFor("position"));
        this.writer = new FanOutWriter(context, node.metrics());
        this.refusals = new CloseMetrics(node.metrics());
        this.lagged = node.metrics().counter("millrace.broadcast.slow.consumers");
        this.conflated = node.metrics().counter("millrace.broadcast.conflated");
        this.catchUp = new CatchUp(this, feed, writer, seal, node.metrics());
        this.endToEnd = Timer.builder("millrace.broadcast.delivery.latency")
                .publishPercentileHistogram()
                .register(node.metrics());
    }

    public Context context() {
        return context;
    }

    CloseMetrics refusals() {
        return refusals;
    }

    /** Begins a subscription; {@code opened} is called before its first event is written. */
    public Future<StreamDispatcher.Start> subscribe(
            Subscription subscription, StartPosition from, Consumer<StreamDispatcher.Start> opened) {
        SubscriptionIndex audience =
                audiences.computeIfAbsent(subscription.stream, stream -> new SubscriptionIndex(want -> place(want)));
        audience.subscriptions.add(subscription);
        subscription.from = from;
        return feed.open(subscription.stream, this, from)
                .onSuccess(start -> {
                    if (subscription.closed) {
                        if (!audiences.containsKey(subscription.stream)) {
                            // It left before the feed knew that it came.
                            feed.leave(subscription.stream, this);
                        }
                        return;
                    }
                    begin(audience, subscription, start);
                    opened.accept(start);
                    if (subscription.cursor == start.head().offset()) {
                        join(subscription);
                    } else {
                        catchUp.read(subscription);
                    }
                })
                .onFailure(error -> unsubscribe(subscription));
    }

    private static void begin(SubscriptionIndex audience, Subscription subscription, StreamDispatcher.Start start) {
        if (start.head().offset() >= audience.head.offset()) {
            audience.head = start.head();
        }
        subscription.opened = true;
        subscription.cursor = start.after().offset();
        subscription.begun = subscription.cursor;
        subscription.begunAtMicros = System.currentTimeMillis() * 1_000;
        subscription.told = subscription.cursor;
        subscription.toldAtMs = Connection.now();
    }

    private SubscriptionIndex.Place place(SubscriptionSpec want) {
        Group group = new Group(want, writer, seal, DELTA_ENTITIES);
        return new SubscriptionIndex.Place(
                group, want.rate() == 0 ? null : new ConflationBuffer(context.owner(), group, conflated::increment));
    }

    public void unsubscribe(Subscription subscription) {
        if (subscription.closed) {
            return;
        }
        subscription.close();
        SubscriptionIndex audience = audiences.get(subscription.stream);
        if (audience == null) {
            return;
        }
        audience.leave(subscription);
        audience.subscriptions.remove(subscription);
        if (audience.subscriptions.isEmpty()) {
            audiences.remove(subscription.stream);
            feed.leave(subscription.stream, this);
        }
    }

    /** Where another one has to begin that takes its place. */
    public StartPosition whereItIs(Subscription subscription) {
        SubscriptionIndex audience = audiences.get(subscription.stream);
        if (subscription.from instanceof StartPosition.State && !subscription.opened) {
            return new StartPosition.Now();
        }
        return audience == null || !subscription.opened
                ? subscription.from
                : new StartPosition.Offset(audience.cursor(subscription));
    }

    /** It is where its stream is. */
    void join(Subscription subscription) {
        SubscriptionIndex audience = audiences.get(subscription.stream);
        if (audience != null && !subscription.closed && !subscription.live) {
            subscription.lagging = false;
            audience.join(subscription);
        }
    }

    /** The connection takes no more. Called in the midst of a delivery, too, so that it is dealt with before the next. */
    void full(Connection connection) {
        full.add(connection);
        context.runOnContext(turn -> retire());
    }

    /** Subscriptions of those who take no more leave their groups, and go on when there is room again. */
    private void retire() {
        // What their groups have gathered goes out when they leave, and may fill others.
        List<Connection> now = List.copyOf(full);
        full.clear();
        for (Connection connection : now) {
            for (Subscription subscription : List.copyOf(connection.subscriptions())) {
                SubscriptionIndex audience = audiences.get(subscription.stream);
                if (audience == null || !subscription.live || connection.writable()) {
                    continue;
                }
                lagged.increment();
                subscription.lagging = true;
                audience.leave(subscription);
                if (subscription.slow == SlowConsumerPolicy.DISCONNECT && !connection.starved()) {
                    connection.overloaded();
                    break;
                }
            }
        }
    }

    /** The client reads again: whatever fell behind goes on. */
    void writable(Connection connection) {
        for (Subscription subscription : List.copyOf(connection.subscriptions())) {
            SubscriptionIndex audience = audiences.get(subscription.stream);
            if (audience != null
                    && subscription.lagging
                    && subscription.slow == SlowConsumerPolicy.DROP
                    && !subscription.live) {
                catchUp.skip(subscription, audience.head);
            } else {
                catchUp.read(subscription);
            }
        }
    }

    /** Events of one stream, in order, as the feed has them. */
    void deliver(String stream, List<OutboundEvent> messages) {
        if (!full.isEmpty()) {
            retire();
        }
        SubscriptionIndex audience = audiences.get(stream);
        if (audience != null) {
            audience.deliver(messages);
            measure(messages);
        }
    }

    /** The stream was begun anew: its subscribers are told, and go on from its beginning. */
    void reset(String stream, Position beginning) {
        SubscriptionIndex audience = audiences.get(stream);
        if (audience == null) {
            return;
        }
        audience.reset(beginning);
        for (Subscription subscription : List.copyOf(audience.subscriptions)) {
            subscription.resets++;
            subscription.cursor = beginning.offset();
            subscription.told = beginning.offset();
            subscription.connection.begunAnew(stream, text(subscription, beginning));
        }
    }

    /** Tells a client that sees only a part how far it is, so that it needn't begin there when it comes back. */
    void tellPosition(Subscription subscription, long everyMs) {
        SubscriptionIndex audience = audiences.get(subscription.stream);
        boolean due = !subscription.want.everything() && Connection.now() - subscription.toldAtMs >= everyMs;
        if (audience == null || !subscription.opened || !due) {
            return;
        }
        subscription.toldAtMs = Connection.now();
        long cursor = audience.cursor(subscription);
        // That a position comes tells nothing to whom it always comes.
        if (cursor > subscription.told || !subscription.want.visibility().whole()) {
            subscription.told = cursor;
            subscription.connection.position(
                    subscription.stream, text(subscription, new Position(audience.head.epoch(), cursor)));
        }
    }

    /** Tells a client what it will not see. */
    void missed(Subscription subscription, long first, long last, String reason) {
        SubscriptionIndex audience = audiences.get(subscription.stream);
        if (audience != null) {
            String epoch = audience.head.epoch();
            subscription.connection.gap(
                    subscription.stream,
                    text(subscription, new Position(epoch, first)),
                    text(subscription, new Position(epoch, last)),
                    reason);
        }
    }

    /** What became of an event at a connection. */
    public Future<DeliveryDiagnosis.Told> fate(
            Connection connection, DomainModel domains, Event event, Position position) {
        SubscriptionIndex audience = audiences.get(event.stream());
        return DeliveryDiagnosis.of(connection, domains, event, position, audience, feed);
    }

    /** Where a subscription is, as its client reads it; null before it is known where it begins. */
    public @Nullable String position(Subscription subscription) {
        SubscriptionIndex audience = audiences.get(subscription.stream);
        return audience == null || !subscription.opened
                ? null
                : text(subscription, new Position(audience.head.epoch(), audience.cursor(subscription)));
    }

    /** How a position that is no event's reads for somebody. */
    public String text(Subscription subscription, Position position) {
        return subscription.want.visibility().whole()
                ? position.toString()
                : seal.sealCursor(subscription.stream, position);
    }

    private void measure(List<OutboundEvent> messages) {
        long now = System.currentTimeMillis() * 1000;
        for (OutboundEvent message : messages) {
            endToEnd.record(Math.max(0, now - message.event().acceptedAtMicros()), TimeUnit.MICROSECONDS);
        }
    }
}

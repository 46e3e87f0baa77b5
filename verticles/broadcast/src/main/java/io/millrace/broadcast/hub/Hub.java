package io.millrace.broadcast.hub;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import io.millrace.broadcast.format.StreamNumbers;
import io.millrace.broadcast.outbound.CloseMetrics;
import io.millrace.broadcast.outbound.OutboundEvent;
import io.millrace.broadcast.spec.SlowConsumerPolicy;
import io.millrace.broadcast.spec.StartPosition;
import io.millrace.broadcast.spec.SubscriptionSpec;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.journey.DeliverySummary;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.Kpi;
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
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The connections and subscriptions of one event loop, which owns all its state. Matches groups, not clients; writes shared
 * messages to all members of a group; flushes each connection once a turn.
 */
public final class Hub {
    private final Context context;
    private final StreamDispatcher dispatcher;
    private final PositionCipher cipher;
    private final Map<String, SubscriptionIndex> indexes = new HashMap<>();
    private final StreamNumbers numbers;
    private final FanOutWriter writer;
    private final List<Connection> full = new ArrayList<>();
    private final CloseMetrics closes;
    private final Counter slowConsumers;
    private final Counter conflated;
    private final CatchUp catchUp;
    private final Timer latency;

    public Hub(Context context, NodeContext node, StreamDispatcher dispatcher) {
        this.context = context;
        this.dispatcher = dispatcher;
        this.cipher = new PositionCipher(node.tokens().keyFor("position"));
        this.numbers = new StreamNumbers(node.domains());
        this.writer = new FanOutWriter(context, cipher, numbers, node.metrics());
        this.closes = new CloseMetrics(node.metrics());
        this.slowConsumers = node.metrics().counter("millrace.broadcast.slow.consumers");
        this.conflated = node.metrics().counter("millrace.broadcast.conflated");
        this.catchUp = new CatchUp(this, dispatcher, writer, node.metrics());
        this.latency = Timer.builder("millrace.broadcast.delivery.latency")
                .publishPercentileHistogram()
                .register(node.metrics());
    }

    public Context context() {
        return context;
    }

    /** The numbers by which compact messages of this event loop name streams. */
    public StreamNumbers numbers() {
        return numbers;
    }

    CloseMetrics closes() {
        return closes;
    }

    /** Starts a subscription; {@code started} is called before its first event is written. */
    public Future<StreamDispatcher.Start> subscribe(
            Subscription subscription, Consumer<StreamDispatcher.Start> started) {
        String stream = subscription.stream();
        SubscriptionIndex index = indexes.computeIfAbsent(stream, name -> new SubscriptionIndex(this::newGroup));
        index.add(subscription);
        return dispatcher
                .open(stream, this, subscription.start())
                .onSuccess(start -> {
                    if (!subscription.open(start.after().offset())) {
                        if (!indexes.containsKey(stream)) {
                            // It was closed before the dispatcher knew of it.
                            dispatcher.unsubscribe(stream, this);
                        }
                        return;
                    }
                    index.startAt(start.head());
                    started.accept(start);
                    if (subscription.cursor() == start.head().offset()) {
                        join(subscription);
                    } else {
                        catchUp.read(subscription);
                    }
                })
                .onFailure(error -> unsubscribe(subscription));
    }

    private SubscriptionIndex.GroupEntry newGroup(SubscriptionSpec spec) {
        Group group = new Group(spec, writer, cipher);
        return new SubscriptionIndex.GroupEntry(
                group, spec.rate() == 0 ? null : new ConflationBuffer(context.owner(), group, conflated::increment));
    }

    public void unsubscribe(Subscription subscription) {
        if (subscription.isClosed()) {
            return;
        }
        String stream = subscription.stream();
        SubscriptionIndex index = indexes.get(stream);
        if (index != null) {
            index.leave(subscription);
        }
        subscription.close();
        if (index != null && index.remove(subscription)) {
            indexes.remove(stream);
            numbers.forget(stream);
            dispatcher.unsubscribe(stream, this);
        }
    }

    /** The start position of a subscription that replaces this one. */
    public StartPosition resumePosition(Subscription subscription) {
        SubscriptionIndex index = indexes.get(subscription.stream());
        if (index != null && subscription.isStarted()) {
            return new StartPosition.Offset(index.cursor(subscription));
        }
        return subscription.start() instanceof StartPosition.State ? new StartPosition.Now() : subscription.start();
    }

    /** Makes a subscription live that has read up to the head. */
    void join(Subscription subscription) {
        SubscriptionIndex index = indexes.get(subscription.stream());
        if (index != null && subscription.join()) {
            index.join(subscription);
        }
    }

    /** The connection's socket is full. Called during a delivery, too, so it is handled before the next one. */
    void onSocketFull(Connection connection) {
        full.add(connection);
        context.runOnContext(turn -> detachSlow());
    }

    /** Takes the subscriptions of full sockets out of their groups; they continue when there is room again. */
    private void detachSlow() {
        // When they leave, their groups flush their buffers, which may fill other sockets.
        List<Connection> now = List.copyOf(full);
        full.clear();
        for (Connection connection : now) {
            for (Subscription subscription : List.copyOf(connection.subscriptions())) {
                SubscriptionIndex index = indexes.get(subscription.stream());
                if (index == null || !subscription.isLive() || connection.writable()) {
                    continue;
                }
                slowConsumers.increment();
                subscription.fallBehind(index.leave(subscription));
                if (subscription.slow() == SlowConsumerPolicy.DISCONNECT && !connection.starved()) {
                    connection.closeOverloaded();
                    break;
                }
            }
        }
    }

    /** The socket has room again: the connection's lagging subscriptions continue. */
    void onSocketDrained(Connection connection) {
        for (Subscription subscription : List.copyOf(connection.subscriptions())) {
            SubscriptionIndex index = indexes.get(subscription.stream());
            // The newest value of a KPI takes the place of those that were missed.
            boolean skips = subscription.isLagging()
                    && subscription.slow() == SlowConsumerPolicy.DROP
                    && !subscription.stream().startsWith(Kpi.STREAMS);
            if (index != null && skips) {
                catchUp.skip(subscription, index.head());
            } else {
                catchUp.read(subscription);
            }
        }
    }

    /**
     * Delivers events of one stream, in the order in which the dispatcher sent them.
     *
     * @param flushed called when they are handed to the sockets; null if nobody wants to know
     */
    void deliver(String stream, List<OutboundEvent> messages, @Nullable Runnable flushed) {
        if (!full.isEmpty()) {
            detachSlow();
        }
        SubscriptionIndex index = indexes.get(stream);
        if (index != null) {
            index.deliver(messages);
            measure(messages);
        }
        if (flushed != null) {
            writer.afterFlush(flushed);
        }
    }

    /** The stream was reset: its subscriptions are informed and continue at its new beginning. */
    void reset(String stream, Position beginning) {
        SubscriptionIndex index = indexes.get(stream);
        if (index == null) {
            return;
        }
        index.reset(beginning);
        for (Subscription subscription : index.subscriptions()) {
            boolean voided = subscription.reset(beginning.offset());
            subscription.connection().sendStreamReset(stream, encodePosition(subscription, beginning));
            if (voided) {
                catchUp.read(subscription);
            }
        }
    }

    /** Sends its position to a client that sees only a part of the stream, so that a resume needn't read what is before. */
    void sendPosition(Subscription subscription, long everyMs) {
        SubscriptionIndex index = indexes.get(subscription.stream());
        if (index == null || !subscription.isPositionDue(everyMs)) {
            return;
        }
        long cursor = index.cursor(subscription);
        if (subscription.notePosition(cursor)) {
            Position position = new Position(index.head().epoch(), cursor);
            subscription.connection().writePosition(subscription.stream(), encodePosition(subscription, position));
        }
    }

    /** Tells the client which events it will not get. */
    void sendGap(Subscription subscription, long first, long last, String reason) {
        SubscriptionIndex index = indexes.get(subscription.stream());
        if (index != null) {
            String epoch = index.head().epoch();
            subscription
                    .connection()
                    .sendGap(
                            subscription.stream(),
                            encodePosition(subscription, new Position(epoch, first)),
                            encodePosition(subscription, new Position(epoch, last)),
                            reason);
        }
    }

    /** Finds out what became of an event at a connection. */
    public Future<DeliveryDiagnosis.Result> diagnose(
            Connection connection, DomainModel domains, Event event, Position position) {
        SubscriptionIndex index = indexes.get(event.stream());
        return DeliveryDiagnosis.of(connection, domains, event, position, index, dispatcher);
    }

    /** Finds out what became of an event at any connection of this event loop, on which the result is to be called. */
    public Future<Function<Connection, DeliveryDiagnosis.Result>> diagnoseAll(Event event, Position position) {
        return DeliveryDiagnosis.ofAll(this, event, position, () -> indexes.get(event.stream()), dispatcher);
    }

    /** What this node remembers of an event. */
    public Future<DeliverySummary.Trace> trace(String stream, Position position) {
        return dispatcher.trace(stream, position, this);
    }

    /** The position of a subscription in the form for its client; null before it has started. */
    public @Nullable String position(Subscription subscription) {
        SubscriptionIndex index = indexes.get(subscription.stream());
        return index == null || !subscription.isStarted()
                ? null
                : encodePosition(subscription, new Position(index.head().epoch(), index.cursor(subscription)));
    }

    /** A position that is not that of an event, in the form for the subscription's client. */
    public String encodePosition(Subscription subscription, Position position) {
        return subscription.spec().visibility().unrestricted()
                ? position.toString()
                : cipher.sealCursor(subscription.stream(), position);
    }

    /** Events of its stream behind which a subscription is: its client's, and those that it will not get. */
    public long behind(Subscription subscription) {
        SubscriptionIndex index = indexes.get(subscription.stream());
        return index == null || subscription.isLive() || !subscription.isStarted()
                ? 0
                : Math.max(0, index.head().offset() - subscription.cursor());
    }

    /** A position that the client of a subscription names; null if it is not one of its stream. */
    public @Nullable Position openPosition(Subscription subscription, String text) {
        SubscriptionIndex index = indexes.get(subscription.stream());
        if (index == null) {
            return null;
        }
        String epoch = index.head().epoch();
        Position position = subscription.spec().visibility().unrestricted()
                ? Position.parse(text)
                : cipher.open(subscription.stream(), epoch, text);
        return position != null && position.epoch().equals(epoch) ? position : null;
    }

    /** An event of a stream, if this node has it in memory; else this fails. */
    public Future<OutboundEvent> remembered(String stream, long offset) {
        return dispatcher.remembered(stream, offset, this);
    }

    /** Whether a subscription is past an offset: its event was written to the client, or left out. */
    public boolean hasPassed(Subscription subscription, long offset) {
        SubscriptionIndex index = indexes.get(subscription.stream());
        return index != null && subscription.covers(offset) && index.cursor(subscription) >= offset;
    }

    /** Whether an event was written to the client of a subscription. */
    public boolean hasSent(Subscription subscription, OutboundEvent message) {
        long offset = message.offset();
        SubscriptionIndex index = indexes.get(subscription.stream());
        return index != null
                && hasPassed(subscription, offset)
                && !subscription.isDropped(offset)
                && !subscription.isConflated(offset)
                && !index.isConflated(subscription, offset)
                && subscription.matches(message);
    }

    private void measure(List<OutboundEvent> messages) {
        long now = System.currentTimeMillis() * 1000;
        for (OutboundEvent message : messages) {
            latency.record(Math.max(0, now - message.event().acceptedAtMicros()), TimeUnit.MICROSECONDS);
        }
    }
}

package io.millrace.broadcast.hub;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.broadcast.outbound.OutboundEvent;
import io.millrace.broadcast.spec.SlowConsumerPolicy;
import io.millrace.contracts.event.Position;
import io.millrace.platform.delivery.PositionCipher;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How those who aren't live come to be: by reading on at their own pace, or by skipping. Owned by its hub's event loop. */
final class CatchUp {
    private static final Logger LOG = LoggerFactory.getLogger(CatchUp.class);
    /** Read on for one that wants the newest of each only, before it is written. */
    private static final int MAX_CONFLATED = 5_000;

    private static final int AGAIN_MS = 500;

    private final Hub hub;
    private final StreamDispatcher feed;
    private final FanOutWriter writer;
    private final PositionCipher seal;
    private final Counter conflated;
    private final Counter dropped;

    CatchUp(Hub hub, StreamDispatcher feed, FanOutWriter writer, PositionCipher seal, MeterRegistry metrics) {
        this.hub = hub;
        this.feed = feed;
        this.writer = writer;
        this.seal = seal;
        this.conflated = metrics.counter("millrace.broadcast.conflated");
        this.dropped = metrics.counter("millrace.broadcast.dropped");
    }

    /** Reads on from the cursor while the client takes it; joins the group where nothing newer is known. */
    void read(Subscription subscription) {
        boolean itsTurn = subscription.opened && !subscription.live && !subscription.reading && !subscription.closed;
        if (itsTurn && subscription.connection.writable()) {
            subscription.reading = true;
            read(subscription, new CatchUpPage(subscription));
        }
    }

    private void read(Subscription subscription, CatchUpPage stretch) {
        feed.read(subscription.stream, stretch.end(), hub).onComplete(done -> {
            if (subscription.closed || begunAnew(subscription, stretch)) {
                return;
            }
            if (done.failed()) {
                LOG.warn("history of {} can't be read now; tried again", subscription.stream);
                hub.context().owner().setTimer(AGAIN_MS, timer -> read(subscription, stretch));
                return;
            }
            StreamDispatcher.Page page = done.result();
            lose(subscription, stretch, page.lost());
            if (stretch.take(page)) {
                read(subscription, stretch);
            } else if (stretch.needsStates()) {
                feed.withStates(stretch.messages(), hub).onComplete(told -> {
                    if (!subscription.closed && !begunAnew(subscription, stretch)) {
                        settle(subscription, stretch, told.succeeded() ? told.result() : stretch.messages());
                    }
                });
            } else {
                settle(subscription, stretch, stretch.messages());
            }
        });
    }

    private void settle(Subscription subscription, CatchUpPage stretch, List<OutboundEvent> messages) {
        gather(subscription, messages, stretch.newest);
        if (conflates(subscription) && !stretch.complete() && stretch.newest.size() < MAX_CONFLATED) {
            stretch.goOn();
            read(subscription, stretch);
            return;
        }
        subscription.reading = false;
        if (write(subscription, List.copyOf(stretch.newest.values()), stretch.end()) && stretch.complete()) {
            hub.join(subscription);
        } else {
            read(subscription);
        }
    }

    /** The stream was begun anew meanwhile; then it is read from there. */
    private boolean begunAnew(Subscription subscription, CatchUpPage stretch) {
        if (!stretch.isVoid()) {
            return false;
        }
        subscription.reading = false;
        read(subscription);
        return true;
    }

    /** What isn't kept any more. */
    private void lose(Subscription subscription, CatchUpPage stretch, long last) {
        if (last > stretch.end()) {
            hub.missed(subscription, stretch.end() + 1, last, "history");
        }
    }

    private static boolean conflates(Subscription subscription) {
        return subscription.want.rate() > 0
                || (subscription.lagging && subscription.slow == SlowConsumerPolicy.CONFLATE);
    }

    private void gather(Subscription subscription, List<OutboundEvent> messages, Map<Object, OutboundEvent> newest) {
        boolean conflates = conflates(subscription);
        for (OutboundEvent event : messages) {
            OutboundEvent message = subscription.want.filtered(event);
            if (message == null) {
                continue;
            }
            boolean replaceable =
                    conflates && message.entity() != null && message.message().unaddressed();
            Object slot = replaceable ? message.entity() : message;
            OutboundEvent replaced = newest.remove(slot);
            newest.put(slot, message);
            if (replaced != null) {
                conflated.increment();
                subscription.skipped(replaced.offset(), replaced.offset(), true);
            }
        }
    }

    /** Writes as many as the client takes, a frame at a time; whether that was all. It reads the rest when it has room. */
    private boolean write(Subscription subscription, List<OutboundEvent> messages, long end) {
        int from = 0;
        while (from < messages.size()) {
            if (!subscription.connection.writable()) {
                return false;
            }
            int to = from;
            for (int size = 0; to < messages.size() && size < FanOutWriter.MAX_FRAME; to++) {
                size += messages.get(to).size();
            }
            List<OutboundEvent> part = messages.subList(from, to);
            subscription.cursor = part.get(part.size() - 1).offset();
            writer.send(subscription.stream, subscription.lines(part, seal), List.of(subscription));
            from = to;
        }
        subscription.cursor = end;
        return true;
    }

    /**
     * Goes on with what is new, and says what is missing. Who sees a part of the stream is told even if nothing is: that
     * something is would tell that there was something.
     */
    void skip(Subscription subscription, Position head) {
        if (subscription.reading) {
            return;
        }
        long first = subscription.cursor + 1;
        if (head.offset() >= first || !subscription.want.visibility().whole()) {
            dropped.increment((double) (head.offset() - subscription.cursor));
            subscription.skipped(first, head.offset(), false);
            subscription.cursor = head.offset();
            hub.missed(subscription, first, head.offset(), "slow_consumer");
        }
        hub.join(subscription);
    }
}

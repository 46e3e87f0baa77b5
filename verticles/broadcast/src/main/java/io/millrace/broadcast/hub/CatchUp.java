package io.millrace.broadcast.hub;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.broadcast.outbound.OutboundEvent;
import io.millrace.broadcast.outbound.ServerMessages;
import io.millrace.broadcast.spec.SlowConsumerPolicy;
import io.millrace.contracts.event.Position;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings subscriptions that aren't live back to their groups, by reading history at their own pace or by skipping to the
 * head. Owned by its hub's event loop.
 */
final class CatchUp {
    private static final Logger LOG = LoggerFactory.getLogger(CatchUp.class);
    /** Entities that a conflating subscription reads at most before it writes the newest event of each. */
    private static final int MAX_CONFLATED = 5_000;

    private static final int RETRY_MS = 500;

    private final Hub hub;
    private final StreamDispatcher dispatcher;
    private final FanOutWriter writer;
    private final Counter conflated;
    private final Counter dropped;

    CatchUp(Hub hub, StreamDispatcher dispatcher, FanOutWriter writer, MeterRegistry metrics) {
        this.hub = hub;
        this.dispatcher = dispatcher;
        this.writer = writer;
        this.conflated = metrics.counter("millrace.broadcast.conflated");
        this.dropped = metrics.counter("millrace.broadcast.dropped");
    }

    /** Reads on from the cursor while the client takes it; joins the group where nothing newer is known. */
    void read(Subscription subscription) {
        CatchUpPage page = subscription.connection().writable() ? subscription.startPage() : null;
        if (page != null) {
            read(subscription, page);
        }
    }

    private void read(Subscription subscription, CatchUpPage page) {
        dispatcher.read(subscription.stream(), page.end(), hub).onComplete(done -> {
            if (page.isObsolete()) {
                return;
            }
            if (done.failed()) {
                LOG.warn("history of stream {} can't be read; retrying", subscription.stream());
                if (page.isDue()) {
                    addStates(subscription, page);
                } else {
                    hub.context().owner().setTimer(RETRY_MS, timer -> read(subscription, page));
                }
                return;
            }
            StreamDispatcher.Page found = done.result();
            sendLost(subscription, page, found.lost());
            if (page.take(found)) {
                read(subscription, page);
            } else {
                addStates(subscription, page);
            }
        });
    }

    private void addStates(Subscription subscription, CatchUpPage page) {
        if (!page.needsStates()) {
            finish(subscription, page, page.messages());
            return;
        }
        dispatcher.withStates(page.messages(), hub).onComplete(states -> {
            if (!page.isObsolete()) {
                finish(subscription, page, states.succeeded() ? states.result() : page.messages());
            }
        });
    }

    private void finish(Subscription subscription, CatchUpPage page, List<OutboundEvent> messages) {
        merge(subscription, messages, page.newest);
        boolean full = page.newest.size() >= MAX_CONFLATED || page.isDue();
        if (conflates(subscription) && !page.isComplete() && !full) {
            page.next();
            read(subscription, page);
            return;
        }
        subscription.endPage();
        if (write(subscription, List.copyOf(page.newest.values()), page.end()) && page.isComplete()) {
            hub.join(subscription);
        } else {
            read(subscription);
        }
    }

    /** Sends a gap for the events that history doesn't keep any more. */
    private void sendLost(Subscription subscription, CatchUpPage page, long last) {
        if (last > page.end()) {
            hub.sendGap(subscription, page.end() + 1, last, ServerMessages.HISTORY);
        }
    }

    private static boolean conflates(Subscription subscription) {
        return subscription.spec().rate() > 0
                || (subscription.isLagging() && subscription.slow() == SlowConsumerPolicy.CONFLATE);
    }

    private void merge(Subscription subscription, List<OutboundEvent> messages, Map<Object, OutboundEvent> newest) {
        boolean conflates = conflates(subscription);
        for (OutboundEvent event : messages) {
            OutboundEvent message = subscription.spec().filtered(event);
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
                replaced.noteMatch();
                subscription.conflate(replaced.offset());
            }
        }
    }

    /**
     * Writes as many messages as the client takes, a frame at a time.
     *
     * @return whether all were written; the rest is read again when the socket has room
     */
    private boolean write(Subscription subscription, List<OutboundEvent> messages, long end) {
        int from = 0;
        while (from < messages.size()) {
            if (!subscription.connection().writable()) {
                return false;
            }
            int to = from;
            for (int size = 0; to < messages.size() && size < FanOutWriter.MAX_FRAME; to++) {
                size += messages.get(to).size();
            }
            List<OutboundEvent> part = messages.subList(from, to);
            subscription.advance(part.get(part.size() - 1).offset());
            writer.sendTo(subscription, part);
            from = to;
        }
        subscription.advance(end);
        return true;
    }

    /**
     * Skips to the head, and sends a gap for what was left out. A client that sees only a part of the stream gets the gap
     * even if nothing is missing, since a gap only where something is would reveal that there was something.
     */
    void skip(Subscription subscription, Position head) {
        long first = subscription.cursor() + 1;
        if (head.offset() >= first || !subscription.spec().visibility().unrestricted()) {
            dropped.increment((double) (head.offset() - first + 1));
            subscription.drop(head.offset());
            hub.sendGap(subscription, first, head.offset(), "slow_consumer");
        }
        hub.join(subscription);
    }
}

package io.millrace.broadcast.hub;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.broadcast.format.StreamNumbers;
import io.millrace.broadcast.outbound.EncodedMessages;
import io.millrace.broadcast.outbound.FrameCompressor;
import io.millrace.broadcast.outbound.OutboundEvent;
import io.millrace.broadcast.outbound.OutboundMessage;
import io.millrace.broadcast.spec.SubscriptionSpec;
import io.millrace.contracts.event.EntityRef;
import io.millrace.platform.delivery.PositionCipher;
import io.vertx.core.Context;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes shared messages to all their receivers, and flushes each connection once a turn of the event loop, after all
 * messages of that turn: the system call costs more than all the rest. Owned by its hub's event loop.
 */
public final class FanOutWriter {
    private static final Logger LOG = LoggerFactory.getLogger(FanOutWriter.class);

    /** Bytes of a frame of several messages. Only a single longer message makes a longer frame. */
    public static final int MAX_FRAME = 256 << 10;

    /** Frames of fewer bytes aren't compressed. */
    private static final int MIN_DEFLATED = 256;

    private final Context context;
    private final PositionCipher cipher;
    private final Counter deliveries;
    private final Counter bytes;
    private final FrameCompressor compressor = new FrameCompressor();
    private final StreamNumbers numbers;
    private List<Group> buffering = new ArrayList<>();
    private List<Connection> written = new ArrayList<>();
    private List<Connection> spare = new ArrayList<>();
    private List<Runnable> afterFlush = new ArrayList<>();
    private boolean scheduled;
    /** Whether what is written now is all that this turn sends, so that each connection is flushed while it is in the cache. */
    private boolean alone;

    FanOutWriter(Context context, PositionCipher cipher, StreamNumbers numbers, MeterRegistry metrics) {
        this.context = context;
        this.cipher = cipher;
        this.numbers = numbers;
        this.deliveries = metrics.counter("millrace.broadcast.deliveries");
        this.bytes = metrics.counter("millrace.broadcast.delivered.bytes");
    }

    /** Sends the messages, in order, to each receiver. Keeps neither list. */
    void send(String stream, List<OutboundMessage> messages, List<Subscription> receivers) {
        int from = 0;
        int size = 0;
        for (int i = 0; i < messages.size(); i++) {
            int length = messages.get(i).line().length + 1;
            if (i > from && size + length > MAX_FRAME) {
                write(encode(stream, messages.subList(from, i), size), size, receivers);
                from = i;
                size = 0;
            }
            size += length;
        }
        if (size > 0) {
            write(encode(stream, messages.subList(from, messages.size()), size), size, receivers);
        }
        deliveries.increment((double) messages.size() * receivers.size());
    }

    /** Sends visible messages to one subscription; an entity whose state is known is sent whole. */
    void sendTo(Subscription subscription, List<OutboundEvent> messages) {
        SubscriptionSpec spec = subscription.spec();
        boolean whole = spec.visibility().unrestricted();
        List<OutboundMessage> encoded = new ArrayList<>(messages.size());
        for (OutboundEvent message : messages) {
            message.noteMatch();
            EntityRef entity = message.entity();
            if (entity != null && message.removal()) {
                subscription.forget(entity);
                encoded.add(message.encode(whole, cipher));
            } else if (entity != null && message.stateKnown() && spec.delta(message)) {
                subscription.sentVersion(entity, message.version());
                encoded.add(message.encodeState(whole, cipher));
            } else {
                encoded.add(message.encode(whole, cipher));
            }
        }
        send(subscription.stream(), encoded, List.of(subscription));
    }

    /** Flushes the group's buffer at the end of the turn. */
    void flushLater(Group group) {
        buffering.add(group);
        scheduleFlush();
    }

    /** Calls back when all that was sent so far has been handed to the sockets. */
    void afterFlush(Runnable flushed) {
        if (scheduled) {
            afterFlush.add(flushed);
        } else {
            flushed.run();
        }
    }

    private EncodedMessages encode(String stream, List<OutboundMessage> messages, int size) {
        return new EncodedMessages(numbers.of(stream), messages, size < MIN_DEFLATED ? null : compressor);
    }

    private void write(EncodedMessages messages, int size, List<Subscription> receivers) {
        bytes.increment((double) size * receivers.size());
        for (int i = 0; i < receivers.size(); i++) {
            Connection connection = receivers.get(i).connection();
            try {
                if (connection.write(messages)) {
                    if (alone) {
                        connection.flush();
                    } else {
                        written.add(connection);
                    }
                }
            } catch (RuntimeException broken) {
                end(connection, broken);
            }
        }
        messages.release();
        scheduleFlush();
    }

    /** A fault of one connection's ends that one, whose client comes back for what it missed; the others go on. */
    private static void end(Connection connection, RuntimeException why) {
        LOG.error("connection {} can't be written to", connection.id(), why);
        connection.abort();
    }

    private void scheduleFlush() {
        if (!scheduled) {
            scheduled = true;
            context.runOnContext(flush -> flush());
        }
    }

    private void flush() {
        List<Group> flushing = buffering;
        buffering = new ArrayList<>();
        alone = flushing.size() == 1 && written.isEmpty();
        try {
            flushing.forEach(Group::flush);
        } finally {
            scheduled = false;
            alone = false;
        }
        List<Connection> now = written;
        written = spare;
        for (Connection connection : now) {
            try {
                connection.flush();
            } catch (RuntimeException broken) {
                end(connection, broken);
            }
        }
        now.clear();
        spare = now;
        if (!afterFlush.isEmpty()) {
            List<Runnable> flushed = afterFlush;
            afterFlush = new ArrayList<>();
            flushed.forEach(Runnable::run);
        }
    }
}

package io.millrace.broadcast;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.buffer.ByteBuf;
import io.vertx.core.Context;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Writes one shared frame to all its receivers, and flushes each socket once a turn of the loop, after everything that
 * the turn has for it: the system call costs more than all the rest. Owned by its hub's event loop.
 */
final class SocketWriter {
    /** Bytes of lines in one frame; more becomes several frames. */
    static final int MAX_FRAME = 256 << 10;

    private final Context context;
    private final Counter deliveries;
    private final Counter bytes;
    private final Set<Connection> written = new LinkedHashSet<>();
    private boolean flushing;

    SocketWriter(Context context, MeterRegistry metrics) {
        this.context = context;
        this.deliveries = metrics.counter("millrace.broadcast.deliveries");
        this.bytes = metrics.counter("millrace.broadcast.delivered.bytes");
    }

    /** The lines, in order, to each receiver. */
    void send(List<byte[]> lines, List<Subscription> receivers) {
        if (lines.isEmpty() || receivers.isEmpty()) {
            return;
        }
        int from = 0;
        int size = 0;
        for (int i = 0; i < lines.size(); i++) {
            size += lines.get(i).length;
            if (size >= MAX_FRAME || i == lines.size() - 1) {
                send(Frames.of(lines.subList(from, i + 1)), receivers);
                from = i + 1;
                size = 0;
            }
        }
        deliveries.increment((double) lines.size() * receivers.size());
    }

    private void send(ByteBuf frame, List<Subscription> receivers) {
        bytes.increment((double) frame.readableBytes() * receivers.size());
        for (Subscription receiver : receivers) {
            receiver.connection.write(frame.retainedDuplicate());
            written.add(receiver.connection);
        }
        frame.release();
        flushLater();
    }

    private void flushLater() {
        if (!flushing) {
            flushing = true;
            context.runOnContext(flush -> {
                flushing = false;
                written.forEach(Connection::flush);
                written.clear();
            });
        }
    }
}

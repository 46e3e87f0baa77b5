package io.millrace.broadcast.hub;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.broadcast.outbound.EncodedMessages;
import io.millrace.broadcast.outbound.FrameCompressor;
import io.vertx.core.Context;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes what is shared to all its receivers, and flushes each of them once a turn of the loop, after everything that the
 * turn has for it: the system call costs more than all the rest. Owned by its hub's event loop.
 */
public final class FanOutWriter {
    /** Bytes of a frame of several lines; more becomes several frames, and only a longer line is a longer frame. */
    public static final int MAX_FRAME = 256 << 10;

    /** Fewer bytes aren't worth compressing. */
    private static final int MIN_DEFLATED = 256;

    private final Context context;
    private final Counter deliveries;
    private final Counter bytes;
    private final FrameCompressor deflate = new FrameCompressor();
    private List<Group> gathering = new ArrayList<>();
    private List<Connection> written = new ArrayList<>();
    private List<Connection> spare = new ArrayList<>();
    private boolean flushing;

    FanOutWriter(Context context, MeterRegistry metrics) {
        this.context = context;
        this.deliveries = metrics.counter("millrace.broadcast.deliveries");
        this.bytes = metrics.counter("millrace.broadcast.delivered.bytes");
    }

    /** The lines, in order, to each receiver. Takes what it needs of the lists: both may be used again. */
    void send(String stream, List<byte[]> lines, List<Subscription> receivers) {
        int from = 0;
        int size = 0;
        for (int i = 0; i < lines.size(); i++) {
            int length = lines.get(i).length + 1;
            if (i > from && size + length > MAX_FRAME) {
                write(parcel(stream, lines.subList(from, i), size), size, receivers);
                from = i;
                size = 0;
            }
            size += length;
        }
        if (size > 0) {
            write(parcel(stream, lines.subList(from, lines.size()), size), size, receivers);
        }
        deliveries.increment((double) lines.size() * receivers.size());
    }

    /** At the end of the turn the group's members get what it gathered. */
    void settleLater(Group group) {
        gathering.add(group);
        flushLater();
    }

    private EncodedMessages parcel(String stream, List<byte[]> lines, int size) {
        return new EncodedMessages(stream, lines, size < MIN_DEFLATED ? null : deflate);
    }

    private void write(EncodedMessages parcel, int size, List<Subscription> receivers) {
        bytes.increment((double) size * receivers.size());
        for (int i = 0; i < receivers.size(); i++) {
            Connection connection = receivers.get(i).connection;
            if (connection.write(parcel)) {
                written.add(connection);
            }
        }
        parcel.release();
        flushLater();
    }

    private void flushLater() {
        if (!flushing) {
            flushing = true;
            context.runOnContext(flush -> {
                List<Group> settling = gathering;
                gathering = new ArrayList<>();
                try {
                    settling.forEach(Group::settle);
                } finally {
                    flushing = false;
                }
                List<Connection> now = written;
                written = spare;
                now.forEach(Connection::flush);
                now.clear();
                spare = now;
            });
        }
    }
}

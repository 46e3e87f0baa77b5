package io.millrace.broadcast.history;

import io.millrace.broadcast.outbound.OutboundEvent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The last events of one stream, without a gap; bounded by number and bytes. Owned by the dispatcher's event loop. */
public final class ReplayBuffer {
    private final int maxEvents;
    private final long maxBytes;
    private final ArrayDeque<OutboundEvent> messages = new ArrayDeque<>();
    private long bytes;

    public ReplayBuffer(int maxEvents, long maxBytes) {
        this.maxEvents = maxEvents;
        this.maxBytes = maxBytes;
    }

    public void add(OutboundEvent message) {
        messages.add(message);
        bytes += message.memory();
        while (messages.size() > maxEvents || (bytes > maxBytes && messages.size() > 1)) {
            bytes -= messages.remove().memory();
        }
    }

    /** Whether the buffer has every event from this offset on. */
    public boolean reaches(long offset) {
        OutboundEvent first = messages.peek();
        return first != null && first.offset() <= offset;
    }

    /** At most {@code limit} messages after an offset. */
    public List<OutboundEvent> after(long offset, int limit) {
        List<OutboundEvent> found = new ArrayList<>();
        for (OutboundEvent message : messages) {
            if (message.offset() > offset) {
                found.add(message);
                if (found.size() == limit) {
                    break;
                }
            }
        }
        return found;
    }

    /** The message at an offset, which is looked for from the newest on; null if it isn't here. */
    public @Nullable OutboundEvent at(long offset) {
        for (Iterator<OutboundEvent> newest = messages.descendingIterator(); newest.hasNext(); ) {
            OutboundEvent message = newest.next();
            if (message.offset() <= offset) {
                return message.offset() == offset ? message : null;
            }
        }
        return null;
    }

    public void clear() {
        messages.clear();
        bytes = 0;
    }
}

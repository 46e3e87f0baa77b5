package io.millrace.broadcast.hub;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** The last events of one stream, without a gap; bounded by number and bytes. Owned by the feed's event loop. */
final class Recent {
    private final int maxEvents;
    private final long maxBytes;
    private final ArrayDeque<Outgoing> messages = new ArrayDeque<>();
    private long bytes;

    Recent(int maxEvents, long maxBytes) {
        this.maxEvents = maxEvents;
        this.maxBytes = maxBytes;
    }

    void add(Outgoing message) {
        messages.add(message);
        bytes += message.message().line().length;
        while (messages.size() > maxEvents || (bytes > maxBytes && messages.size() > 1)) {
            bytes -= messages.remove().message().line().length;
        }
    }

    /** Whether everything from this offset on is here. */
    boolean reaches(long offset) {
        Outgoing first = messages.peek();
        return first != null && first.offset() <= offset;
    }

    /** At most {@code limit} messages after an offset. */
    List<Outgoing> after(long offset, int limit) {
        List<Outgoing> found = new ArrayList<>();
        for (Outgoing message : messages) {
            if (message.offset() > offset) {
                found.add(message);
                if (found.size() == limit) {
                    break;
                }
            }
        }
        return found;
    }

    void clear() {
        messages.clear();
        bytes = 0;
    }
}

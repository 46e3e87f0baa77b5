package io.millrace.broadcast;

import io.millrace.platform.delivery.Message;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** The last events of one stream, without a gap; bounded by number and bytes. Owned by the feed's event loop. */
final class Recent {
    private final int maxEvents;
    private final long maxBytes;
    private final ArrayDeque<Message> messages = new ArrayDeque<>();
    private long bytes;

    Recent(int maxEvents, long maxBytes) {
        this.maxEvents = maxEvents;
        this.maxBytes = maxBytes;
    }

    void add(Message message) {
        messages.add(message);
        bytes += message.line().length;
        while (messages.size() > maxEvents || (bytes > maxBytes && messages.size() > 1)) {
            bytes -= messages.remove().line().length;
        }
    }

    /** Whether everything from this offset on is here. */
    boolean reaches(long offset) {
        Message first = messages.peek();
        return first != null && first.offset() <= offset;
    }

    /** At most {@code limit} messages after an offset. */
    List<Message> after(long offset, int limit) {
        List<Message> found = new ArrayList<>();
        for (Message message : messages) {
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

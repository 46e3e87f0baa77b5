package io.millrace.broadcast.hub;

import io.millrace.contracts.Position;
import java.util.ArrayList;
import java.util.List;

/** A stream that this node follows. Owned by the feed's event loop. */
final class Channel {
    final Recent recent;
    final List<Hub> hubs = new ArrayList<>();
    Position head;

    Channel(Recent recent, Position head) {
        this.recent = recent;
        this.head = head;
    }
}

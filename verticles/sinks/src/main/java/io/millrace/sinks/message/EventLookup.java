package io.millrace.sinks.message;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.stream.HistoryQuery;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads single events again, as the sink may see them now. Belongs to one event loop. */
public final class EventLookup {
    private final Bus bus;
    private final PageReader reader;

    public EventLookup(Bus bus, PageReader reader) {
        this.bus = bus;
        this.reader = reader;
    }

    /** The event at a position; null if it is not there any more, or the sink may not see it any more. */
    public Future<@Nullable SinkMessage> find(String stream, Position at) {
        return bus.request(Addresses.HISTORY, new HistoryQuery(stream, at.offset() - 1, 1, false))
                .<@Nullable SinkMessage>map(page -> {
                    List<SinkMessage> found = page.events().isEmpty() ? List.of() : reader.wanted(page);
                    return found.isEmpty() || !found.get(0).position().equals(at) ? null : found.get(0);
                });
    }
}

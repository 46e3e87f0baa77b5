package io.millrace.broadcast.history;

import io.millrace.broadcast.outbound.OutboundEvent;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.entity.EntityQuery;
import io.millrace.contracts.entity.EntityState;
import io.millrace.contracts.event.EntityRef;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The states of entities for events of history, which has none. Owned by the dispatcher's event loop. */
public final class HistoryStates {
    private final Bus bus;
    private final HistoryLoader reads;

    /** @param reads whose limit of reads at once holds here too */
    public HistoryStates(Bus bus, HistoryLoader reads) {
        this.bus = bus;
        this.reads = reads;
    }

    /** The same events; the last one of each entity has its present state. An event whose state can't be read stays as it is. */
    public Future<List<OutboundEvent>> addTo(List<OutboundEvent> messages) {
        Map<EntityRef, Integer> last = new HashMap<>();
        for (int i = 0; i < messages.size(); i++) {
            EntityRef entity = messages.get(i).entity();
            if (entity != null && !messages.get(i).removal()) {
                last.put(entity, i);
            }
        }
        List<OutboundEvent> withStates = new ArrayList<>(messages);
        List<Future<Void>> requests = new ArrayList<>(last.size());
        last.forEach((entity, at) -> {
            OutboundEvent message = messages.get(at);
            if (message.stateKnown()) {
                // The entity was deleted; the client may have had it.
                withStates.set(at, message.with(message.version(), null));
                return;
            }
            requests.add(reads.enqueue(() -> state(entity, message.version()))
                    .<Void>map(state -> {
                        withStates.set(at, message.with(state.version(), state.state()));
                        return null;
                    })
                    .otherwiseEmpty());
        });
        return Future.all(requests).map(withStates);
    }

    /** The cache may be a second behind; if it is, the database is asked. */
    private Future<EntityState> state(EntityRef entity, long version) {
        return bus.request(Addresses.CACHE, new EntityQuery(entity, false))
                .compose(state -> state.version() >= version
                        ? Future.succeededFuture(state)
                        : bus.request(Addresses.ENTITY, new EntityQuery(entity, true)));
    }
}

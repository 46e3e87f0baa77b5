package io.millrace.broadcast.format;

import io.millrace.domain.DomainModel;
import io.millrace.domain.model.EventType;
import io.millrace.domain.model.Namespace;
import io.millrace.platform.delivery.Visibility;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.BitSet;
import java.util.List;

/**
 * The event types whose numbers one client was sent. A client is sent those that it may see, and each once. Owned by its hub's
 * event loop.
 */
public final class SentTypes {
    private final BitSet sent = new BitSet();

    /** Adds what messages of the stream refer to: the stream's number, the time that times count from, and types that the client wasn't sent yet. */
    public void addTo(
            JsonObject subscribed, StreamNumbers.Numbered stream, DomainModel domains, Visibility visibility) {
        subscribed.put("number", stream.number()).put("since", stream.sinceMicros());
        JsonArray rows = new JsonArray();
        Namespace namespace = stream.namespace();
        for (EventType type : namespace == null ? List.<EventType>of() : domains.typesOf(namespace)) {
            boolean seen =
                    visibility.all().contains(type.name()) || visibility.own().contains(type.name());
            if (seen && !sent.get(type.index())) {
                sent.set(type.index());
                rows.add(new JsonArray()
                        .add(type.index())
                        .add(type.name())
                        .add(type.message().wire())
                        .add(type.priority().wire()));
            }
        }
        if (!rows.isEmpty()) {
            subscribed.put("types", rows);
        }
    }
}

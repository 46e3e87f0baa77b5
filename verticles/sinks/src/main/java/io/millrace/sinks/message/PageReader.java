package io.millrace.sinks.message;

import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.stream.HistoryPage;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.Namespace;
import io.millrace.platform.delivery.ClientMessage;
import io.millrace.platform.delivery.PositionCipher;
import io.millrace.platform.delivery.Visibility;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Finds in pages of history what a sink may see and wants. Belongs to one event loop. */
public final class PageReader {
    private final Sink sink;
    private final DomainModel domains;
    private final PositionCipher seal;

    public PageReader(Sink sink, DomainModel domains, PositionCipher seal) {
        this.sink = sink;
        this.domains = domains;
        this.seal = seal;
    }

    /** The messages of a page, in order. A rule of access that is changed by a release counts from its start on. */
    public List<SinkMessage> wanted(HistoryPage page) {
        Namespace namespace = domains.namespaceOf(page.stream());
        Visibility visibility = namespace == null
                ? Visibility.NOTHING
                : Visibility.of(domains, namespace, page.stream(), sink.reader());
        if (namespace == null || visibility.nothing()) {
            return List.of();
        }
        String ofStream = namespace.stream().keyOf(page.stream());
        String key = ofStream == null ? page.stream() : ofStream;
        List<SinkMessage> wanted = new ArrayList<>(page.events().size());
        for (CommittedEvent committed : page.events()) {
            Event event = committed.event();
            if (sink.streams().hasType(event.type()) && visibility.sees(event, sink.reader(), "")) {
                SinkMessage message = message(committed, visibility, key);
                if (sink.streams().filter() == null || sink.streams().matches(message.document())) {
                    wanted.add(message);
                }
            }
        }
        return wanted;
    }

    private SinkMessage message(CommittedEvent committed, Visibility visibility, String key) {
        ClientMessage message = ClientMessage.of(domains, committed);
        Position position = position(committed);
        return visibility.unrestricted()
                ? new SinkMessage(message, position, message.line(), position.toString(), key)
                : new SinkMessage(
                        message,
                        position,
                        message.sealedLine(seal),
                        seal.sealEvent(committed.event().stream(), position),
                        key);
    }

    /** The position of a page's last event. */
    public static Position end(HistoryPage page) {
        return position(page.events().get(page.events().size() - 1));
    }

    private static Position position(CommittedEvent committed) {
        return Objects.requireNonNull(committed.position(), "an event from history has a position");
    }
}

package io.millrace.broadcast.format;

import io.millrace.contracts.text.Micros;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.EventType;
import io.millrace.domain.model.Namespace;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Numbers the streams of one event loop, so that messages of compact forms needn't name them. A number is the same for all
 * connections of the event loop, which share their frames, and is never given again. Owned by its hub's event loop.
 */
public final class StreamNumbers {
    private final DomainModel domains;
    private final long sinceMicros = Micros.now();
    private final Map<String, Numbered> streams = new HashMap<>();
    private int last;

    /**
     * A stream with its number.
     *
     * @param number from 1
     * @param sinceMicros from when the times of messages count, microseconds since 1970 UTC; the same for all streams, so
     *     that it tells nothing of one
     * @param namespace null for a stream of no namespace
     */
    public record Numbered(String stream, int number, long sinceMicros, @Nullable Namespace namespace) {
        /** Whether the stream's subscribers are sent the number of this type, if they may see it. */
        boolean hasNumberOf(EventType type) {
            return namespace != null && namespace.name().equals(type.namespace().name());
        }
    }

    public StreamNumbers(DomainModel domains) {
        this.domains = domains;
    }

    /** The number of a stream that has subscriptions, the same until {@link #forget}. */
    public Numbered of(String stream) {
        return streams.computeIfAbsent(
                stream, name -> new Numbered(name, ++last, sinceMicros, domains.namespaceOf(name)));
    }

    /** The last subscription to a stream has ended. */
    public void forget(String stream) {
        streams.remove(stream);
    }
}

package io.millrace.platform.delivery;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.millrace.contracts.Committed;
import io.millrace.contracts.Event;
import io.millrace.contracts.Position;
import io.millrace.contracts.domain.Domains;
import io.millrace.contracts.domain.EventType;
import io.millrace.contracts.domain.MessageKind;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An event as clients receive it, one line of JSON, encoded once for everybody. Immutable but for the sealed form, which
 * is made when somebody needs it first.
 */
public final class Message {
    private static final JsonStringEncoder TEXT = JsonStringEncoder.getInstance();

    private final Event event;
    private final @Nullable Position position;
    private final byte[] line;
    /** Where in the line the position stands; 0 for a transient event. */
    private final int positionAt;

    private volatile byte @Nullable [] sealed;

    private Message(Event event, @Nullable Position position, byte[] line, int positionAt) {
        this.event = event;
        this.position = position;
        this.line = line;
        this.positionAt = positionAt;
    }

    public static Message of(Domains domains, Committed committed) {
        Event event = committed.event();
        EventType type = domains.type(event.type());
        MessageKind kind = type == null ? MessageKind.UPDATE : type.message();
        StringBuilder head = new StringBuilder(160);
        head.append("{\"type\":\"").append(kind.wire()).append("\",\"timestamp\":\"");
        head.append(time(event.timeMicros())).append("\",\"stream\":\"");
        TEXT.quoteAsString(event.stream(), head);
        int at = 0;
        Position position = committed.position();
        if (position != null) {
            head.append("\",\"position\":\"");
            at = head.toString().getBytes(StandardCharsets.UTF_8).length;
            head.append(position);
        }
        head.append("\",\"priority\":\"").append(event.priority().wire()).append("\",\"data\":{\"id\":\"");
        TEXT.quoteAsString(event.id(), head);
        head.append("\",\"type\":\"").append(event.type()).append("\",\"source\":\"");
        TEXT.quoteAsString(event.source(), head);
        head.append("\",\"data\":");
        return new Message(event, position, join(head, event), at);
    }

    private static byte[] join(StringBuilder head, Event event) {
        byte[] first = head.toString().getBytes(StandardCharsets.UTF_8);
        byte[] middle = ",\"metadata\":".getBytes(StandardCharsets.US_ASCII);
        byte[] line = new byte[first.length + event.data().length + middle.length + event.metadata().length + 2];
        int at = put(line, 0, first);
        at = put(line, at, event.data());
        at = put(line, at, middle);
        at = put(line, at, event.metadata());
        line[at] = '}';
        line[at + 1] = '}';
        return line;
    }

    private static int put(byte[] into, int at, byte[] bytes) {
        System.arraycopy(bytes, 0, into, at, bytes.length);
        return at + bytes.length;
    }

    /** RFC 3339 in UTC. */
    public static String time(long micros) {
        return Instant.ofEpochSecond(Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1000)
                .toString();
    }

    public Event event() {
        return event;
    }

    /** Null for a transient event. */
    public @Nullable Position position() {
        return position;
    }

    /** 0 for a transient event. */
    public long offset() {
        return position == null ? 0 : position.offset();
    }

    /** Whether everybody who may see its type may see it. */
    public boolean unaddressed() {
        return event.target() == null && event.exclude() == null;
    }

    /** The line for those who see the whole stream; never written to. */
    public byte[] line() {
        return line;
    }

    /** The line for those who see a part. */
    public byte[] sealedLine(PositionSeal seal) {
        if (position == null) {
            return line;
        }
        byte[] known = sealed;
        if (known == null) {
            byte[] open = position.toString().getBytes(StandardCharsets.US_ASCII);
            byte[] closed = seal.seal(event.stream(), position).getBytes(StandardCharsets.US_ASCII);
            known = new byte[line.length - open.length + closed.length];
            System.arraycopy(line, 0, known, 0, positionAt);
            int at = put(known, positionAt, closed);
            int rest = positionAt + open.length;
            System.arraycopy(line, rest, known, at, line.length - rest);
            sealed = known;
        }
        return known;
    }
}

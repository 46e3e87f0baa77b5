package io.millrace.platform.delivery;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.text.Micros;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.EventType;
import io.millrace.domain.model.MessageKind;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An event as clients receive it: one line of JSON, encoded once for all of them. Immutable except for the sealed form,
 * which is encoded when first needed.
 */
public final class ClientMessage {
    private static final JsonStringEncoder TEXT = JsonStringEncoder.getInstance();
    private static final byte[] DATA = ascii("\"data\":");
    private static final byte[] METADATA = ascii(",\"metadata\":");
    private static final byte[] END = ascii("}}");

    private final Event event;
    private final @Nullable Position position;
    private final MessageKind kind;
    private final @Nullable EventType type;
    private final boolean superseded;
    private final byte[] line;
    /** The index of the position in the line; 0 for a transient event. */
    private final int positionAt;

    private final int positionLength;
    /** The index of the member {@code data} in the line. */
    private final int dataAt;

    private volatile byte @Nullable [] sealed;

    private ClientMessage(
            CommittedEvent committed,
            MessageKind kind,
            @Nullable EventType type,
            byte[] line,
            int positionAt,
            int positionLength,
            int dataAt) {
        this.event = committed.event();
        this.position = committed.position();
        this.superseded = committed.superseded();
        this.kind = kind;
        this.type = type;
        this.line = line;
        this.positionAt = positionAt;
        this.positionLength = positionLength;
        this.dataAt = dataAt;
    }

    public static ClientMessage of(DomainModel domains, CommittedEvent committed) {
        Event event = committed.event();
        EventType type = domains.type(event.type());
        MessageKind kind = type == null ? MessageKind.UPDATE : type.message();
        StringBuilder head = new StringBuilder(160);
        head.append("{\"type\":\"").append(kind.wire()).append("\",\"timestamp\":\"");
        head.append(Micros.text(event.timeMicros())).append("\",\"stream\":\"");
        TEXT.quoteAsString(event.stream(), head);
        int at = 0;
        int length = 0;
        Position position = committed.position();
        if (position != null) {
            head.append("\",\"position\":\"");
            at = head.toString().getBytes(StandardCharsets.UTF_8).length;
            String text = position.toString();
            length = text.length();
            head.append(text);
        }
        head.append("\",\"priority\":\"").append(event.priority().wire()).append('"');
        if (committed.superseded()) {
            head.append(",\"superseded\":true");
        }
        head.append(",\"data\":{\"id\":\"");
        TEXT.quoteAsString(event.id(), head);
        head.append("\",\"type\":\"").append(event.type()).append("\",\"source\":\"");
        TEXT.quoteAsString(event.source(), head);
        head.append("\",");
        byte[] first = head.toString().getBytes(StandardCharsets.UTF_8);
        return new ClientMessage(
                committed,
                kind,
                type,
                join(first, DATA, event.data(), METADATA, event.metadata(), END),
                at,
                length,
                first.length);
    }

    private static byte[] join(byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        byte[] line = new byte[length];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, line, at, part.length);
            at += part.length;
        }
        return line;
    }

    public Event event() {
        return event;
    }

    /** Null for a transient event. */
    public @Nullable Position position() {
        return position;
    }

    /** The kind of message, the member {@code type}. */
    public MessageKind kind() {
        return kind;
    }

    /** The event's type; null if no pack declares it any more. */
    public @Nullable EventType type() {
        return type;
    }

    /** Whether the event changed nothing, since newer events of its entity were committed before it. */
    public boolean superseded() {
        return superseded;
    }

    /** The index of the position in each line of this message; 0 for a transient event. */
    public int positionAt() {
        return positionAt;
    }

    /** The characters of the position in a line; 0 for a transient event. */
    public int positionLength(boolean sealed) {
        return sealed && position != null ? PositionCipher.LENGTH : positionLength;
    }

    /** 0 for a transient event. */
    public long offset() {
        return position == null ? 0 : position.offset();
    }

    /** Whether the event has no recipients, so that every client that may see its type may see it. */
    public boolean unaddressed() {
        return event.target() == null && event.exclude() == null;
    }

    /** The line for clients that see the whole stream; never modified. */
    public byte[] line() {
        return line;
    }

    /** The line for clients that see a part of the stream. */
    public byte[] sealedLine(PositionCipher seal) {
        if (position == null) {
            return line;
        }
        byte[] known = sealed;
        if (known == null) {
            known = sealed(line, seal);
            sealed = known;
        }
        return known;
    }

    /**
     * The line with other members in place of the event's data.
     *
     * @param members the members of a JSON object: {@code "version":4,"state":{}}
     */
    public byte[] lineWith(byte[] members) {
        return join(Arrays.copyOf(line, dataAt), members, METADATA, event.metadata(), END);
    }

    /** A line of this message with its position sealed. */
    public byte[] sealed(byte[] open, PositionCipher seal) {
        if (position == null) {
            return open;
        }
        int rest = positionAt + positionLength;
        return join(
                Arrays.copyOf(open, positionAt),
                ascii(seal.sealEvent(event.stream(), position)),
                Arrays.copyOfRange(open, rest, open.length));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}

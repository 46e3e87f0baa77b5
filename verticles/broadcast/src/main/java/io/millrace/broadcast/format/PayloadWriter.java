package io.millrace.broadcast.format;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.event.Priority;
import io.millrace.domain.model.EventType;
import io.millrace.domain.model.MessageKind;
import io.millrace.platform.delivery.ClientMessage;
import io.millrace.platform.delivery.MessageFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Encodes the messages of one frame in a compact form. An event is an array: stream, type, id, time, position, source, data,
 * and an object of what else there is to say, if there is. A part that is as in the message before is 0. A frame refers
 * to no frame before it, so that it is right for every client that follows the stream. For one frame, by one thread.
 *
 * <p>The protocol is described in {@code shared/docs/message-formats.md}.
 */
public abstract class PayloadWriter {
    private static final int UUID_LENGTH = 36;
    private static final int TIME_ORDERED = 7;
    /** Whose microseconds every client has exactly, in numbers of 53 bits. */
    private static final long MAX_MILLIS = (1L << 53) / 1_000;
    /** The length of an empty object. */
    private static final int EMPTY = 2;

    private static final int SAME = 0;
    /** Of an event of which there is nothing else to say. */
    private static final int ELEMENTS = 7;

    protected final JsonGenerator json;
    private final ByteArrayOutputStream bytes;
    private final StreamNumbers.@Nullable Numbered stream;

    private boolean started;
    private String source = "";
    private String epoch = "";
    private long micros;

    PayloadWriter(JsonGenerator json, ByteArrayOutputStream bytes, StreamNumbers.@Nullable Numbered stream) {
        this.json = json;
        this.bytes = bytes;
        this.stream = stream;
        this.micros = stream == null ? 0 : stream.sinceMicros();
    }

    /**
     * The writer of a form.
     *
     * @param stream the stream of all messages of the frame; null if they are about the connection
     */
    public static PayloadWriter of(MessageFormat format, StreamNumbers.@Nullable Numbered stream) {
        return format == MessageFormat.CBOR ? CborWriter.of(stream) : CompactJsonWriter.of(stream);
    }

    /**
     * Adds a message.
     *
     * @param line the message as JSON
     * @param delivery the event that the message delivers; null for any other message
     * @param position the event's position in the form for its client; null if it has none
     */
    public final void add(byte[] line, @Nullable Delivery delivery, @Nullable String position) {
        try {
            if (delivery == null || stream == null) {
                value(line);
            } else {
                event(stream, delivery, position);
            }
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** The payload of the frame; nothing can be added after it. */
    public final byte[] finish() {
        try {
            json.close();
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
        return bytes.toByteArray();
    }

    private void event(StreamNumbers.Numbered of, Delivery delivery, @Nullable String position) throws IOException {
        ClientMessage message = delivery.message();
        Event event = message.event();
        EventType type = message.type();
        EventType numbered = type != null && of.hasNumberOf(type) ? type : null;
        Priority priority = numbered == null ? Priority.NORMAL : numbered.priority();
        MessageKind kind = numbered == null ? MessageKind.UPDATE : numbered.message();
        boolean more = message.kind() != kind
                || event.priority() != priority
                || message.superseded()
                || event.metadata().length > EMPTY
                || delivery.change() != null;
        json.writeStartArray(null, more ? ELEMENTS + 1 : ELEMENTS);
        json.writeNumber(started ? SAME : of.number());
        if (numbered == null) {
            json.writeString(event.type());
        } else {
            json.writeNumber(numbered.index());
        }
        idAndTime(event);
        position(message.position(), position);
        source(event.source());
        if (delivery.change() == null) {
            value(event.data());
        } else {
            json.writeNumber(SAME);
        }
        if (more) {
            rest(delivery, message.kind() == kind, event.priority() == priority);
        }
        json.writeEndArray();
        started = true;
    }

    /** What is another than the type says, or is rarely there. */
    private void rest(Delivery delivery, boolean sameKind, boolean samePriority) throws IOException {
        Event event = delivery.message().event();
        json.writeStartObject();
        if (!sameKind) {
            json.writeStringField("type", delivery.message().kind().wire());
        }
        if (!samePriority) {
            json.writeStringField("priority", event.priority().wire());
        }
        if (delivery.message().superseded()) {
            json.writeBooleanField("superseded", true);
        }
        if (delivery.change() != null) {
            change(delivery.change());
        }
        if (event.metadata().length > EMPTY) {
            json.writeFieldName("metadata");
            value(event.metadata());
        }
        json.writeEndObject();
    }

    /** The time counts from the id's own, or from the message before, or from where the stream's count. */
    private void idAndTime(Event event) throws IOException {
        UUID uuid = uuid(event.id());
        if (uuid == null) {
            id(event.id());
        } else {
            id(uuid);
        }
        long millis =
                uuid != null && uuid.version() == TIME_ORDERED ? uuid.getMostSignificantBits() >>> 16 : Long.MAX_VALUE;
        long from = millis <= MAX_MILLIS ? millis * 1_000 : micros;
        json.writeNumber(event.timeMicros() - from);
        micros = event.timeMicros();
    }

    /** The id as a UUID; null if it is none, or written in another way than UUIDs are. */
    static @Nullable UUID uuid(String id) {
        if (id.length() != UUID_LENGTH || id.charAt(8) != '-') {
            return null;
        }
        try {
            UUID uuid = UUID.fromString(id);
            return uuid.toString().equals(id) ? uuid : null;
        } catch (IllegalArgumentException another) {
            return null;
        }
    }

    /** Sealed positions have no colon, and are always whole. */
    private void position(@Nullable Position position, @Nullable String text) throws IOException {
        if (position == null || text == null) {
            json.writeNumber(SAME);
            return;
        }
        boolean open = text.indexOf(':') >= 0;
        if (open && position.epoch().equals(epoch)) {
            json.writeNumber(position.offset());
        } else {
            positionText(text);
        }
        epoch = open ? position.epoch() : epoch;
    }

    private void source(String now) throws IOException {
        if (started && now.equals(source)) {
            json.writeNumber(SAME);
        } else {
            json.writeString(now);
            source = now;
        }
    }

    private void change(Delivery.EntityChange change) throws IOException {
        EntityRef entity = change.entity();
        byte[] content = change.json();
        json.writeObjectFieldStart("entity");
        json.writeStringField("kind", entity == null ? "" : entity.kind());
        json.writeStringField("id", entity == null ? "" : entity.id());
        json.writeEndObject();
        json.writeNumberField("version", change.version());
        json.writeFieldName(change.member());
        if (content == null) {
            json.writeNull();
        } else {
            value(content);
        }
    }

    /** Writes a value that is JSON already. */
    abstract void value(byte[] known) throws IOException;

    abstract void id(UUID uuid) throws IOException;

    abstract void id(String text) throws IOException;

    /** Writes a whole position: {@code epoch:offset}, or a sealed one. */
    abstract void positionText(String position) throws IOException;
}

package io.millrace.benchmarks.sources;

import io.millrace.benchmarks.client.BridgeSubscriber;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * What Socket.IO's emitter publishes in Redis for its adapter: {@code [uid, packet, options]} in MessagePack. The event has
 * the same members as those that Millrace is sent.
 */
final class EmittedPacket {
    private static final int EVENT = 2;

    private EmittedPacket() {}

    static byte[] of(String room, long number) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            array(out, 3);
            text(out, "emitter");
            map(out, 3);
            text(out, "type");
            out.writeByte(EVENT);
            text(out, "data");
            array(out, 2);
            text(out, "event");
            map(out, 5);
            text(out, "t");
            out.writeByte(0xd3);
            out.writeLong(number);
            text(out, "status");
            text(out, "shipped");
            text(out, "amount");
            out.writeByte(0xcb);
            out.writeDouble(1234.56);
            text(out, "currency");
            text(out, "EUR");
            text(out, "note");
            text(out, BridgeSubscriber.MARK);
            text(out, "nsp");
            text(out, "/");
            map(out, 3);
            text(out, "rooms");
            array(out, 1);
            text(out, room);
            text(out, "except");
            array(out, 0);
            text(out, "flags");
            map(out, 0);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }

    /** Of at most 15 elements. */
    private static void array(DataOutputStream out, int size) throws IOException {
        out.writeByte(0x90 | size);
    }

    /** Of at most 15 members. */
    private static void map(DataOutputStream out, int size) throws IOException {
        out.writeByte(0x80 | size);
    }

    /** Of at most 31 characters of ASCII. */
    private static void text(DataOutputStream out, String text) throws IOException {
        out.writeByte(0xa0 | text.length());
        out.write(text.getBytes(StandardCharsets.US_ASCII));
    }
}

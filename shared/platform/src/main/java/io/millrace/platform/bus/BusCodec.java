package io.millrace.platform.bus;

import io.millrace.contracts.wire.Codec;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageCodec;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The codec of one record type on the event bus. Inside a node a record is passed by reference, since records are
 * immutable. Between nodes its bytes carry an HMAC-SHA-256 with a key that only nodes have, so a program that merely
 * reaches the bus port can't send records. The record's name is authenticated, too, so bytes of one type never pass for
 * another.
 *
 * <p>A frame is the length of the record, the record, and 32 bytes of MAC. Safe from any thread.
 */
final class BusCodec<T> implements MessageCodec<T, Object> {
    private static final String ALGORITHM = "HmacSHA256";
    private static final int MAC_BYTES = 32;
    private static final int LENGTH_BYTES = 4;

    private final Codec<T> codec;
    private final Mac keyed;

    /**
     * A frame without a valid record. The codec can't throw: Vert.x loses a request whose reply throws while it is
     * decoded.
     */
    enum Unreadable {
        /** No node of the cluster made the frame. */
        FORGED,
        /** A node made the frame, of a release that this one doesn't read. */
        UNKNOWN_VERSION
    }

    BusCodec(Codec<T> codec, byte[] key) {
        this.codec = codec;
        this.keyed = keyed(key, name());
    }

    private static Mac keyed(byte[] key, String name) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            // Each record type has a key: the HMAC of its name (RFC 5869, the expand step with one block).
            byte[] own = mac.doFinal(name.getBytes(StandardCharsets.UTF_8));
            mac.init(new SecretKeySpec(own, ALGORITHM));
            return mac;
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, impossible);
        }
    }

    @Override
    public void encodeToWire(Buffer buffer, T value) {
        byte[] bytes = codec.encode(value);
        buffer.appendInt(bytes.length).appendBytes(bytes).appendBytes(mac(bytes));
    }

    /** Never throws: a frame without a valid record becomes an {@link Unreadable}. */
    @Override
    public Object decodeFromWire(int position, Buffer buffer) {
        int from = position + LENGTH_BYTES;
        int length = buffer.length() < from ? -1 : buffer.getInt(position);
        if (length < 0 || length != buffer.length() - from - MAC_BYTES) {
            return Unreadable.FORGED;
        }
        byte[] bytes = buffer.getBytes(from, from + length);
        if (!MessageDigest.isEqual(mac(bytes), buffer.getBytes(from + length, buffer.length()))) {
            return Unreadable.FORGED;
        }
        try {
            return codec.decode(bytes);
        } catch (IllegalArgumentException unknown) {
            return Unreadable.UNKNOWN_VERSION;
        }
    }

    private byte[] mac(byte[] bytes) {
        try {
            return ((Mac) keyed.clone()).doFinal(bytes);
        } catch (CloneNotSupportedException impossible) {
            throw new IllegalStateException(ALGORITHM + " of the JDK can be cloned", impossible);
        }
    }

    @Override
    public Object transform(T value) {
        return value;
    }

    @Override
    public String name() {
        return "millrace." + codec.type().getSimpleName();
    }

    @Override
    public byte systemCodecID() {
        return -1;
    }
}

package io.millrace.contracts.wire;

import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The wire form of one record type. The first byte is the version, so that two releases can share a cluster: a release
 * reads its own version and the one before.
 */
public final class Codec<T> {
    private final Class<T> type;
    private final int version;
    private final BiConsumer<T, WireWriter> write;
    private final Function<WireReader, T> read;
    private final @Nullable Function<WireReader, T> readBefore;

    Codec(Class<T> type, int version, BiConsumer<T, WireWriter> write, Function<WireReader, T> read) {
        this(type, version, write, read, null);
    }

    /**
     * @param readBefore reads the previous version; null if this is the first
     */
    Codec(
            Class<T> type,
            int version,
            BiConsumer<T, WireWriter> write,
            Function<WireReader, T> read,
            @Nullable Function<WireReader, T> readBefore) {
        this.type = type;
        this.version = version;
        this.write = write;
        this.read = read;
        this.readBefore = readBefore;
    }

    public Class<T> type() {
        return type;
    }

    /** Encodes a record; never fails. */
    public byte[] encode(T value) {
        WireWriter writer = new WireWriter();
        writer.number(version);
        write.accept(value, writer);
        return writer.toBytes();
    }

    /**
     * @throws IllegalArgumentException if the bytes are of another version, cut short, or no such record
     */
    public T decode(byte[] bytes) {
        WireReader reader = new WireReader(bytes);
        long found = reader.number();
        if (readBefore != null && found == version - 1) {
            return readBefore.apply(reader);
        }
        if (found != version) {
            throw new IllegalArgumentException(
                    type.getSimpleName() + " of version " + found + ", but this release reads version " + version);
        }
        return read.apply(reader);
    }

    /** Every record that crosses the bus. */
    public static List<Codec<?>> all() {
        return Codecs.ALL;
    }
}

package io.millrace.contracts.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Writes the primitives of the wire format: variable-length integers (as in Protocol Buffers), UTF-8, byte strings. */
final class WireWriter {
    private byte[] bytes = new byte[512];
    private int size;

    void number(long value) {
        room(10);
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            bytes[size++] = (byte) ((rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        bytes[size++] = (byte) rest;
    }

    void text(String value) {
        bytes(value.getBytes(StandardCharsets.UTF_8));
    }

    /** Lengths are written plus one, since 0 is null. */
    void optionalText(@Nullable String value) {
        optionalBytes(value == null ? null : value.getBytes(StandardCharsets.UTF_8));
    }

    void bytes(byte[] value) {
        optionalBytes(value);
    }

    void optionalBytes(byte @Nullable [] value) {
        if (value == null) {
            number(0);
            return;
        }
        number(value.length + 1L);
        room(value.length);
        System.arraycopy(value, 0, bytes, size, value.length);
        size += value.length;
    }

    void flag(boolean value) {
        number(value ? 1 : 0);
    }

    void texts(Collection<String> values) {
        number(values.size());
        values.forEach(this::text);
    }

    <T> void list(List<T> values, BiConsumer<T, WireWriter> each) {
        number(values.size());
        for (T value : values) {
            each.accept(value, this);
        }
    }

    <T> void optional(@Nullable T value, BiConsumer<T, WireWriter> write) {
        flag(value != null);
        if (value != null) {
            write.accept(value, this);
        }
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, size);
    }

    private void room(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
        }
    }
}

package io.millrace.contracts.wire;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads what {@link WireWriter} wrote. Anything else is an {@link IllegalArgumentException}. */
final class WireReader {
    private final byte[] bytes;
    private int at;

    WireReader(byte[] bytes) {
        this.bytes = bytes;
    }

    long number() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            byte next = octet();
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("a number longer than 64 bits at byte " + at);
    }

    int size() {
        long value = number();
        if (value < 0 || value > bytes.length - at + 1L) {
            throw new IllegalArgumentException("a length of " + value + " at byte " + at + " of " + bytes.length);
        }
        return (int) value;
    }

    byte @Nullable [] optionalBytes() {
        int length = size() - 1;
        if (length < 0) {
            return null;
        }
        at += length;
        return Arrays.copyOfRange(bytes, at - length, at);
    }

    byte[] bytes() {
        return present(optionalBytes());
    }

    @Nullable
    String optionalText() {
        int length = size() - 1;
        if (length < 0) {
            return null;
        }
        at += length;
        return new String(bytes, at - length, length, StandardCharsets.UTF_8);
    }

    String text() {
        return present(optionalText());
    }

    boolean flag() {
        return number() != 0;
    }

    Set<String> texts() {
        int count = size();
        Set<String> texts = new LinkedHashSet<>();
        for (int i = 0; i < count; i++) {
            texts.add(text());
        }
        return texts;
    }

    <T> List<T> list(Function<WireReader, T> each) {
        int count = size();
        List<T> list = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            list.add(each.apply(this));
        }
        return list;
    }

    <T> @Nullable T optional(Function<WireReader, T> read) {
        return flag() ? read.apply(this) : null;
    }

    /** An enum's constant, by its ordinal. */
    <E> E constant(E[] constants) {
        return constant(constants, number());
    }

    /** An enum's constant by its ordinal plus one, since 0 is null. */
    <E> @Nullable E optionalConstant(E[] constants) {
        long placePlusOne = number();
        return placePlusOne == 0 ? null : constant(constants, placePlusOne - 1);
    }

    private <E> E constant(E[] constants, long place) {
        if (place < 0 || place >= constants.length) {
            throw new IllegalArgumentException("no constant " + place + " of " + constants.length + " at byte " + at);
        }
        return constants[(int) place];
    }

    private <T> T present(@Nullable T value) {
        if (value == null) {
            throw new IllegalArgumentException("a value is missing at byte " + at);
        }
        return value;
    }

    private byte octet() {
        if (at >= bytes.length) {
            throw new IllegalArgumentException("the message ends too early, at byte " + at);
        }
        return bytes[at++];
    }
}

package io.millrace.testkit.client;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** What is nearly right, a little wrong anywhere; the same from the same seed. Owned by one thread. */
public final class MalformedInput {
    private static final List<String> PIECES = List.of(
            "\\ud800",
            "\\u0000",
            "1e400",
            "-",
            "1e-9999999999",
            "null",
            "[",
            "]",
            "{",
            "}",
            "\"",
            "\\",
            ":",
            ",",
            "\ufeff",
            "NaN",
            "9".repeat(500),
            "\"data\":",
            "\"id\":{},",
            "true",
            "\u0000",
            "..",
            "\r\n",
            "1.0e+999",
            "&a ",
            "*a",
            "!!binary ",
            "? ",
            "~",
            " ");

    private static final int PLACES = 4;
    private static final int LONGEST_GAP = 12;
    private static final int LONGEST_PART = 60;
    private static final int MOST_TIMES = 5_000;
    private static final int LARGEST = 100_000;

    private final Random random;

    public MalformedInput(Random random) {
        this.random = random;
    }

    public <T> T pick(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    /** A text with something put in at some places, or in place of what was there. */
    public byte[] broken(String text) {
        return broken(text.getBytes(StandardCharsets.UTF_8));
    }

    /** As {@link #broken(String)}. */
    public byte[] broken(byte[] text) {
        byte[] bytes = text;
        for (int i = random.nextInt(PLACES); i >= 0; i--) {
            int at = random.nextInt(bytes.length + 1);
            int to = random.nextBoolean() ? at : Math.min(bytes.length, at + random.nextInt(LONGEST_GAP));
            byte[] piece = random.nextInt(PLACES) == 0
                    ? new byte[] {(byte) random.nextInt(256)}
                    : pick(PIECES).getBytes(StandardCharsets.UTF_8);
            bytes = joined(bytes, at, 1, piece, to);
        }
        return bytes;
    }

    /** One of several, broken, or with one of its parts taken out, in another place, from another one, or there many times. */
    public byte[] mutated(List<byte[]> seeds) {
        byte[] seed = pick(seeds);
        byte[] other = random.nextBoolean() ? seed : pick(seeds);
        int from = random.nextInt(other.length);
        byte[] part = Arrays.copyOfRange(
                other, from, Math.min(other.length, from + 1 + random.nextInt(1 + random.nextInt(LONGEST_PART))));
        int at = random.nextInt(seed.length + 1);
        int to = random.nextBoolean() ? at : Math.min(seed.length, at + part.length);
        return switch (random.nextInt(5)) {
            case 0 -> joined(seed, at, 1, part, to);
            case 1 -> joined(seed, at, 1 + random.nextInt(MOST_TIMES), part, to);
            case 2 -> joined(seed, at, 0, part, to);
            case 3 -> Arrays.copyOf(seed, at);
            default -> broken(seed);
        };
    }

    private static byte[] joined(byte[] bytes, int at, int times, byte[] part, int to) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        joined.write(bytes, 0, at);
        for (int i = 0; i < times && joined.size() < LARGEST; i++) {
            joined.writeBytes(part);
        }
        joined.write(bytes, to, bytes.length - to);
        return joined.toByteArray();
    }
}

package io.millrace.testkit.client;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
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
            " ");

    private static final int PLACES = 4;
    private static final int LONGEST_GAP = 12;

    private final Random random;

    public MalformedInput(Random random) {
        this.random = random;
    }

    public <T> T pick(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    /** A text with something put in at some places, or in place of what was there. */
    public byte[] broken(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int i = random.nextInt(PLACES); i >= 0; i--) {
            int at = random.nextInt(bytes.length + 1);
            int to = random.nextBoolean() ? at : Math.min(bytes.length, at + random.nextInt(LONGEST_GAP));
            byte[] piece = random.nextInt(PLACES) == 0
                    ? new byte[] {(byte) random.nextInt(256)}
                    : pick(PIECES).getBytes(StandardCharsets.UTF_8);
            ByteArrayOutputStream joined = new ByteArrayOutputStream();
            joined.write(bytes, 0, at);
            joined.writeBytes(piece);
            joined.write(bytes, to, bytes.length - to);
            bytes = joined.toByteArray();
        }
        return bytes;
    }
}

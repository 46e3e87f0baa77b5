package io.millrace.contracts.text;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Microseconds since 1970 UTC, in which Millrace keeps every time. */
public final class Micros {
    private Micros() {}

    public static long now() {
        return System.currentTimeMillis() * 1_000;
    }

    public static long of(Instant time) {
        return time.getEpochSecond() * 1_000_000 + time.getNano() / 1_000;
    }

    /** As RFC 3339 writes it. */
    public static String text(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS).toString();
    }
}

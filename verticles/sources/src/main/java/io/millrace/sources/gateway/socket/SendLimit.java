package io.millrace.sources.gateway.socket;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** 120 payloads in 60 s are the most that a gateway takes on a connection. Belongs to one event loop. */
final class SendLimit {
    private static final int MOST = 120;
    /** Left for what must be sent. */
    private static final int RESERVE = 20;

    private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final LongSupplier nanos;
    private final ArrayDeque<Long> sent = new ArrayDeque<>();

    SendLimit(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** @param needed whether it may be one of the last few */
    boolean allows(boolean needed) {
        long now = nanos.getAsLong();
        while (!sent.isEmpty() && now - sent.peekFirst() > WINDOW_NANOS) {
            sent.removeFirst();
        }
        if (sent.size() >= (needed ? MOST : MOST - RESERVE)) {
            return false;
        }
        sent.add(now);
        return true;
    }
}

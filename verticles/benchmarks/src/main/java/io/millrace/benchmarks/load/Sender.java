package io.millrace.benchmarks.load;

import io.millrace.benchmarks.client.Publisher;
import io.millrace.benchmarks.report.Phase;
import java.io.IOException;
import java.util.concurrent.locks.LockSupport;

/** Posts events at their times, or as fast as they come back. Owned by one thread. */
final class Sender {
    private static final int ENTITIES = 1000;
    private static final int DATA_BYTES = 200;
    /** An open loop that can't get rid of its events gives up this long after its end. */
    private static final long LATE_NANOS = 60_000_000_000L;

    private static final long PARK_NANOS = 1_000_000;
    /** What fills the queue leaves the others so many connections. */
    private static final int PUBLISHERS_LEFT = 16;

    private final Traffic traffic;
    private final String prefix;
    private int sent;

    /** @param prefix of the events' ids, which no earlier run used */
    Sender(Traffic traffic, String prefix) {
        this.traffic = traffic;
        this.prefix = prefix;
    }

    /** How many events were sent so far; they are numbered from 0. */
    int sent() {
        return sent;
    }

    /**
     * Sends until {@code toNanos}: at the phase's rate from {@code startNanos}, whatever comes back. In between it keeps the
     * queue as full as the phase says.
     */
    void open(Phase phase, long startNanos, long toNanos) throws IOException {
        double period = 1e9 * phase.batch() / phase.rate();
        for (long k = 0; ; k++) {
            long due = startNanos + (long) (k * period);
            if (due >= toNanos) {
                return;
            }
            while (System.nanoTime() < due) {
                if (!fill(phase.queued())) {
                    LockSupport.parkNanos(due - System.nanoTime());
                }
            }
            Publisher idle = traffic.idle();
            while (idle == null) {
                traffic.check();
                if (System.nanoTime() > toNanos + LATE_NANOS) {
                    throw new IOException("Millrace doesn't keep up with " + phase.rate() + " events/s");
                }
                LockSupport.parkNanos(PARK_NANOS);
                idle = traffic.idle();
            }
            post(idle, phase.type(), phase.batch(), due);
        }
    }

    /** Sends until {@code toNanos}, keeping the phase's number of events under way. */
    void closed(Phase phase, long toNanos) throws IOException {
        while (System.nanoTime() < toNanos) {
            traffic.check();
            boolean room = sent - delivered() + phase.batch() <= phase.outstanding();
            Publisher idle = room ? traffic.idle() : null;
            if (idle == null) {
                LockSupport.parkNanos(PARK_NANOS);
            } else {
                post(idle, phase.type(), phase.batch(), System.nanoTime());
            }
        }
    }

    /** Posts ordinary events if fewer than so many are under way. Their times don't count. */
    private boolean fill(int queued) throws IOException {
        boolean room = queued > 0 && sent - delivered() + Phase.BATCH <= queued;
        Publisher idle = room ? traffic.idle(PUBLISHERS_LEFT) : null;
        if (idle != null) {
            post(idle, Phase.ORDINARY, Phase.BATCH, 0);
        }
        return idle != null;
    }

    /** Waits until every event is answered, and every accepted one delivered. */
    void drain(long withinNanos) throws IOException {
        long deadline = System.nanoTime() + withinNanos;
        while (traffic.answered() < sent || traffic.delivered() < traffic.taken() || !traffic.allAlike()) {
            traffic.check();
            if (System.nanoTime() > deadline) {
                throw new IOException("after " + withinNanos / 1_000_000_000 + " s, of " + sent + " events "
                        + traffic.answered() + " are answered, " + traffic.taken() + " accepted, "
                        + traffic.delivered() + " delivered; all subscribers alike: " + traffic.allAlike());
            }
            LockSupport.parkNanos(PARK_NANOS);
        }
    }

    /** Refused events won't come back. */
    private long delivered() {
        return traffic.delivered() + traffic.answered() - traffic.taken();
    }

    private void post(Publisher by, String type, int batch, long intendedNanos) throws IOException {
        StringBuilder body = new StringBuilder(320 * batch);
        int first = sent;
        for (int i = 0; i < batch; i++) {
            body.append(i > 0 ? "," : batch > 1 ? "[" : "");
            event(body, type, sent++, intendedNanos);
        }
        body.append(batch > 1 ? "]" : "");
        by.post(new Publisher.Request(first, batch, intendedNanos), body.toString());
    }

    /** The event that the other generators send as well: 200 bytes of data. */
    private void event(StringBuilder to, String type, int number, long intendedNanos) {
        to.append("{\"id\":\"").append(prefix).append(number).append("\",\"type\":\"");
        to.append(type).append("\",\"data\":");
        int begin = to.length();
        to.append("{\"t\":")
                .append(intendedNanos)
                .append(",\"id\":\"")
                .append(prefix)
                .append(number);
        to.append("\",\"type\":\"order.updated\",\"entity\":\"")
                .append(entity(number))
                .append("\",\"version\":");
        to.append(number / ENTITIES + 1).append(",\"data\":{\"status\":\"shipped\",\"amount\":1234.56,");
        to.append("\"currency\":\"EUR\",\"note\":\"");
        for (int i = to.length() - begin + 3; i < DATA_BYTES; i++) {
            to.append((char) ('a' + (i * 7 + i / 13) % 26));
        }
        to.append("\"}}}");
    }

    private static String entity(int number) {
        String digits = Integer.toString(number % ENTITIES);
        return "order-" + "0000".substring(digits.length()) + digits;
    }
}

package io.millrace.sinks.message;

import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A connection to the system that a sink sends to, from one start of the sink to its end. Belongs to one event loop. */
public interface SinkTarget {
    /** Completes when messages can be sent. Fails in words that tell an operator what to do. */
    Future<Void> connect();

    /**
     * Sends messages of one stream, in order. Called for several streams at once, for each not before the last call is
     * answered. Completes when every message is taken or kept, so that none has to be sent again. Fails with {@link
     * HeldBackException} if those of this stream have to wait while others go on; any other failure ends the connection, and
     * they are sent again by the next.
     */
    Future<Void> send(List<SinkMessage> messages);

    /** Whether no more messages may be sent for now: they wait where they are. */
    default boolean isPaused() {
        return false;
    }

    /** The same of one stream; others go on. */
    default boolean isPaused(String stream) {
        return false;
    }

    /** Fails when the connection has broken, in words as above. */
    Future<Void> broken();

    /** Lets go of everything. Called once. */
    Future<Void> close();

    /** What an operator must know; null if all is well. Called on any thread. */
    default @Nullable String problem() {
        return null;
    }

    /** Messages of a stream can't be sent for now: they come again later, and those of other streams go on meanwhile. */
    final class HeldBackException extends RuntimeException {
        private static final long serialVersionUID = 1;

        private static final long AGAIN_MS = 30_000;

        private final int taken;
        private final long againMs;

        /** @param taken how many of the messages, from the first on, don't have to come again */
        public HeldBackException(String why, int taken) {
            this(why, taken, AGAIN_MS);
        }

        /** @param againMs after how many ms the others come again, at the latest; at least 1 */
        public HeldBackException(String why, int taken, long againMs) {
            super(why);
            this.taken = taken;
            this.againMs = againMs;
        }

        public long againMs() {
            return againMs;
        }

        public int taken() {
            return taken;
        }
    }
}

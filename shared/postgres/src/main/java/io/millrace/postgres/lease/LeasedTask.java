package io.millrace.postgres.lease;

import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** A source that Millrace reads by itself, or a sink, on one node at a time. All is called on the event loop of its runner. */
public interface LeasedTask {
    /** The name in its file. */
    String name();

    /** The key of its file that says where messages come from or go to. */
    String kind();

    /** Starts it, where {@link Lease#progress} says or the outside system knows. Called again after a failure. */
    Run start(Lease lease);

    /** A task from one start to its end. */
    interface Run {
        /** Completes when it is connected and works; a failure is told by {@link #ended} alone. */
        Future<Void> started();

        /**
         * Completes when it has ended and publishes or sends nothing more: after {@link #stop}, or with a failure whose message
         * tells an operator what is wrong and what to do; with {@link TaskStoppedException} if there is no use in starting
         * it again. Then it has let go of every connection.
         */
        Future<Void> ended();

        /**
         * Ends it: it takes nothing more and waits for what it has published or sent, as long as its lease is held. Called once at
         * most, and not after it has ended.
         */
        void stop();

        /** How many messages wait for it; -1 if that isn't known. Called on any thread. */
        default long lag() {
            return -1;
        }

        /** What an operator must know while it runs; null if all is well. Called on any thread. */
        default @Nullable String problem() {
            return null;
        }
    }
}

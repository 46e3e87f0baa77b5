package io.millrace.persistence.commit;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The batches of one pipeline in their order, and the owner of their states.
 *
 * <pre>
 *            decided()              end()
 *  WAITING ────────────▶ DECIDED ─────────▶ ENDED      what the next batch waits for
 *     │                     │                 ▲
 *     └──────────┬──────────┘                 │
 *                ▼ fallBack()                 │
 *      the batch before has ended; committed ─┘
 *      under locks
 *
 *            send()           written()
 *  UNSENT ────────────▶ SENT ────────────▶ WRITTEN     its statement on the lane's connection
 *                        │    failed()
 *                        └───────────────▶ FAILED
 * </pre>
 *
 * A batch that the cache covers is decided as soon as the previous one is, and is sent before the previous one is
 * durable. Its
 * statement names the statement that it depends on, so it fails if that one failed. Then it falls back: it waits until
 * the
 * previous batch has ended, and is committed under locks. While a batch falls back, none is decided from the cache,
 * since it
 * would overtake. A batch that timed out ends for the later ones, whatever becomes of its statement. Owned by the
 * persistence
 * verticle's event loop.
 */
final class InFlightBatches {
    private Slot last = new Slot(Future.succeededFuture(), Future.succeededFuture());
    private @Nullable Slot lastSent;
    private long sent;
    private int fallingBack;

    InFlightBatches() {
        last.end();
    }

    /** The slot of the next batch. */
    Slot next() {
        last = new Slot(last.decided.future(), last.ended.future());
        return last;
    }

    /** Whether no batch may be decided from the cache now. */
    boolean fallingBack() {
        return fallingBack > 0;
    }

    /** The slot of one batch. */
    final class Slot {
        private final Future<Void> beforeDecided;
        private final Future<Void> beforeEnded;
        private final Promise<Void> decided = Promise.promise();
        private final Promise<Void> ended = Promise.promise();
        private Statement statement = Statement.UNSENT;
        private String number = "";
        /** The statement that this one depends on; null if all earlier ones were answered. */
        private @Nullable Slot base;

        private boolean baseFailed;

        private Slot(Future<Void> beforeDecided, Future<Void> beforeEnded) {
            this.beforeDecided = beforeDecided;
            this.beforeEnded = beforeEnded;
        }

        /** Completes when this batch may be decided after the previous one. */
        Future<Void> beforeDecided() {
            return beforeDecided;
        }

        /** The batch's result is in the cache: the next batch may be decided. */
        void decided() {
            decided.tryComplete();
        }

        /** The batch's statement is sent. */
        void send() {
            number = Long.toString(++sent);
            statement = Statement.SENT;
            // Until the previous statement is answered, this one depends on it.
            base = lastSent != null && lastSent.statement == Statement.SENT ? lastSent : null;
            lastSent = this;
        }

        /** The number of the statement, unique in the pipeline. */
        String number() {
            return number;
        }

        /** The number of the statement that must be the last of the session; null if it doesn't matter. */
        @Nullable
        String baseNumber() {
            return base == null ? null : base.number;
        }

        void written() {
            answered(Statement.WRITTEN);
        }

        void failed() {
            answered(Statement.FAILED);
        }

        private void answered(Statement answer) {
            statement = answer;
            baseFailed = base != null && base.statement == Statement.FAILED;
            // Otherwise each batch would keep all earlier ones in memory.
            base = null;
        }

        /** Whether the batch failed because the one that it depends on failed. */
        boolean failedBecauseOfBase() {
            return statement == Statement.FAILED && baseFailed;
        }

        /** Commits under locks instead, once the previous batch has ended. */
        <T> Future<T> fallBack(Supplier<Future<T>> underLocks) {
            fallingBack++;
            return underLocks(underLocks).onComplete(done -> fallingBack--);
        }

        /**
         * Commits under locks, once the previous batch has ended: that one may have to be retried, or split, and must
         * not be overtaken.
         */
        <T> Future<T> underLocks(Supplier<Future<T>> commit) {
            return beforeEnded.compose(mine -> commit.get());
        }

        void end() {
            decided.tryComplete();
            ended.tryComplete();
        }
    }

    private enum Statement {
        UNSENT,
        SENT,
        WRITTEN,
        FAILED
    }
}

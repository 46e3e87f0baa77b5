package io.millrace.persistence.commit;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The batches of one lane in their order, and the one owner of how far each of them is.
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
 * A batch that the lane's memory covers is decided once the one before is, and is sent before the one before is durable. It names
 * the one it stands on, so it fails if that one failed. Then it falls back: it waits until the batch before has ended, and is
 * committed under locks. While any batch falls back none is decided from memory, since it would overtake those that fell back with
 * it. A batch whose time is over ends for those behind it, whatever becomes of its statement. Owned by the persistence
 * verticle's event loop.
 */
final class CommitTurns {
    private Turn last = new Turn(Future.succeededFuture(), Future.succeededFuture());
    private @Nullable Turn lastSent;
    private long sent;
    private int fallingBack;

    CommitTurns() {
        last.end();
    }

    /** The turn of the next batch. */
    Turn next() {
        last = new Turn(last.decided.future(), last.ended.future());
        return last;
    }

    /** Whether nothing may be decided from memory now. */
    boolean fallingBack() {
        return fallingBack > 0;
    }

    /** One batch's. */
    final class Turn {
        private final Future<Void> beforeDecided;
        private final Future<Void> beforeEnded;
        private final Promise<Void> decided = Promise.promise();
        private final Promise<Void> ended = Promise.promise();
        private Statement statement = Statement.UNSENT;
        private String number = "";
        /** What its statement stands on; null if all before it was answered. */
        private @Nullable Turn base;

        private boolean baseFailed;

        private Turn(Future<Void> beforeDecided, Future<Void> beforeEnded) {
            this.beforeDecided = beforeDecided;
            this.beforeEnded = beforeEnded;
        }

        /** Completes when this batch may be decided on top of the one before. */
        Future<Void> beforeDecided() {
            return beforeDecided;
        }

        /** What it will leave behind is in memory: the next batch may be decided. */
        void decided() {
            decided.tryComplete();
        }

        /** Its statement is the next on the connection. */
        void send() {
            number = Long.toString(++sent);
            statement = Statement.SENT;
            // What that one wrote is certain once it is answered; until then this one stands or falls with it.
            base = lastSent != null && lastSent.statement == Statement.SENT ? lastSent : null;
            lastSent = this;
        }

        /** Different from that of every other statement of the lane. */
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
            // Else each batch would hold all that were before it.
            base = null;
        }

        /** Whether it failed since the one that it stands on did. */
        boolean failedWithItsBase() {
            return statement == Statement.FAILED && baseFailed;
        }

        /** Commits under locks instead, once the batch before has ended. */
        <T> Future<T> fallBack(Supplier<Future<T>> underLocks) {
            fallingBack++;
            return underLocks(underLocks).onComplete(done -> fallingBack--);
        }

        /**
         * Commits under locks, once the batch before has ended: that one may have to be tried again, or in halves, and nothing
         * may overtake it.
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

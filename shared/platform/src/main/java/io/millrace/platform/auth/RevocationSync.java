package io.millrace.platform.auth;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.revocation.RevocationPage;
import io.millrace.contracts.revocation.RevocationQuery;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps this node's {@link Revocations} as they are in PostgreSQL: reads them at the start, when a change is published, and
 * compares versions every second, since the bus may lose a message. Owned by one event loop.
 */
public final class RevocationSync {
    private static final Logger LOG = LoggerFactory.getLogger(RevocationSync.class);
    private static final int EVERY_MS = 1_000;
    /** As long as nothing was read every token is refused. */
    private static final int FIRST_EVERY_MS = 100;
    /** A reply that takes longer may be lost: the list is asked for again. */
    private static final int REPLY_MS = 500;

    private final Vertx vertx;
    private final Context loop;
    private final Bus bus;
    private final Revocations revocations;
    private boolean reading;
    private boolean changed;
    /** The number of the last request, and of the newest one that was answered. */
    private long asked;

    private long answered;
    private volatile @Nullable String error;

    public RevocationSync(Vertx vertx, Bus bus, Revocations revocations) {
        this.vertx = vertx;
        this.loop = vertx.getOrCreateContext();
        this.bus = bus;
        this.revocations = revocations;
    }

    /** Completes when the revocations were read, or could not be: then they are read as soon as that is possible. */
    public Future<Void> start() {
        vertx.setPeriodic(EVERY_MS, timer -> loop.runOnContext(compare -> read()));
        vertx.setPeriodic(FIRST_EVERY_MS, timer -> {
            if (revocations.isKnown()) {
                vertx.cancelTimer(timer);
            } else {
                loop.runOnContext(again -> read());
            }
        });
        return bus.listen(Addresses.REVOCATIONS_CHANGED, change -> loop.runOnContext(turn -> read()))
                .compose(listening -> Future.future(done -> loop.runOnContext(turn -> read().onComplete(done))));
    }

    /** Why the revocations may be out of date; null when they are not. */
    public @Nullable String error() {
        return error;
    }

    private Future<Void> read() {
        if (reading) {
            // What was asked before may not know of this change.
            changed = true;
            return Future.succeededFuture();
        }
        reading = true;
        changed = false;
        long request = ++asked;
        long version = revocations.version();
        return bus.request(Addresses.REVOCATIONS, RevocationQuery.all(version))
                .onSuccess(list -> loop.runOnContext(turn -> answered(request, version, list)))
                .<Void>mapEmpty()
                .timeout(REPLY_MS, TimeUnit.MILLISECONDS)
                .recover(failed -> {
                    failed(failed);
                    return Future.succeededFuture();
                })
                .onComplete(done -> loop.runOnContext(turn -> {
                    reading = false;
                    if (changed) {
                        read().onComplete(again -> {});
                    }
                }));
    }

    /** A late reply counts, too, unless that of a later request came before it. */
    private void answered(long request, long version, RevocationPage list) {
        if (request < answered) {
            return;
        }
        answered = request;
        if (error != null) {
            LOG.info("revocations are read again");
            error = null;
        }
        if (list.version() != version) {
            revocations.replace(list);
        }
    }

    private void failed(Throwable failed) {
        if (error == null) {
            LOG.warn(
                    "could not read the revocations ({}); {}",
                    failed.getMessage(),
                    revocations.isKnown() ? "those known stay in force" : "no token is accepted until then");
        }
        error = "revocations can't be read: " + failed.getMessage();
    }
}

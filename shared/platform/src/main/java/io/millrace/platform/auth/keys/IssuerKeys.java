package io.millrace.platform.auth.keys;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All keys of one issuer, and of no other. They are looked up in memory on any thread; a worker thread reads their sources
 * again every two seconds, or twice in {@link KeySettings#ttl} if that is shorter, and when a token names a key that isn't known. A source that fails keeps the keys that it had,
 * for {@link KeySettings#keep}.
 */
public final class IssuerKeys {
    private static final Logger LOG = LoggerFactory.getLogger(IssuerKeys.class);
    private static final long EVERY_MS = 2_000;

    private final String issuer;
    private final List<Source> sources = new ArrayList<>();
    private final KeySettings settings;
    private final Vertx vertx;
    private final WorkerExecutor worker;

    private volatile Map<String, List<VerificationKey>> byKid = Map.of();
    private volatile long askedAtMillis = Long.MIN_VALUE;
    private Future<Void> reading = Future.succeededFuture();
    private Future<Void> asking = Future.succeededFuture();
    private long askedNanos;

    /** A source with what it brought last. Written by the thread that reads. */
    private static final class Source {
        private final KeySource keys;
        private List<VerificationKey> last = List.of();
        private long lastNanos;
        private volatile @Nullable String problem = "not read yet";

        Source(KeySource keys) {
            this.keys = keys;
        }
    }

    /**
     * Nothing is read before {@link #start}.
     *
     * @param issuer its name, for log and health
     * @param worker reads the sources
     */
    public IssuerKeys(
            String issuer, List<KeySource> sources, KeySettings settings, Vertx vertx, WorkerExecutor worker) {
        this.issuer = issuer;
        this.settings = settings;
        this.vertx = vertx;
        this.worker = worker;
        sources.forEach(source -> this.sources.add(new Source(source)));
        this.askedNanos = System.nanoTime() - settings.interval().toNanos();
    }

    /** From now on the sources are read, until Vert.x is closed. Files are read at once, addresses by the worker. */
    public void start() {
        if (asksOnDemand()) {
            read(null);
        } else {
            readAll(null);
        }
        if (sources.stream().anyMatch(source -> source.keys.changes())) {
            long every = Math.min(EVERY_MS, settings.ttl().toMillis() / 2);
            vertx.setPeriodic(every, tick -> {
                synchronized (this) {
                    if (reading.isComplete()) {
                        read(null);
                    }
                }
            });
        }
    }

    /**
     * The keys of a name, of whichever algorithm; empty if there is none.
     *
     * @param kid null for the keys without a name
     */
    public List<VerificationKey> named(@Nullable String kid) {
        return byKid.getOrDefault(kid == null ? "" : kid, List.of());
    }

    /** What can't be read at present; null if all is well. */
    public @Nullable String problem() {
        for (Source source : sources) {
            if (source.problem != null) {
                return source.problem;
            }
        }
        return null;
    }

    /**
     * When the sources were last read for a key that wasn't known, in milliseconds since 1970 UTC; whatever was published
     * before is known.
     */
    public long askedAtMillis() {
        return askedAtMillis;
    }

    private boolean asksOnDemand() {
        return sources.stream().anyMatch(source -> source.keys.asksOnDemand());
    }

    /** How long it is sensible to wait for keys that aren't there. */
    public Duration interval() {
        return settings.interval();
    }

    /**
     * Reads the sources because a token names a key that isn't known; no more often than {@link KeySettings#interval}. Never
     * fails: look at {@link #named} and {@link #problem} again. Completes on the caller's context, with whether the sources
     * were read for it.
     */
    public Future<Boolean> ask(String kid) {
        Future<Void> asked;
        synchronized (this) {
            if (!asking.isComplete()) {
                asked = asking;
            } else if (asksOnDemand()
                    && System.nanoTime() - askedNanos >= settings.interval().toNanos()) {
                askedNanos = System.nanoTime();
                asked = read(kid);
                asking = asked;
            } else {
                return Future.succeededFuture(!asksOnDemand());
            }
        }
        Context context = vertx.getOrCreateContext();
        Promise<Boolean> promise = Promise.promise();
        asked.onComplete(done -> context.runOnContext(back -> promise.complete(true)));
        return promise.future();
    }

    /** After what is being read already. */
    private synchronized Future<Void> read(@Nullable String wanted) {
        reading = reading.compose(before -> worker.<Void>executeBlocking(
                        () -> {
                            readAll(wanted);
                            return null;
                        },
                        false)
                .otherwise(error -> {
                    LOG.error("the keys of {} were not read", issuer, error);
                    return null;
                }));
        return reading;
    }

    /** On one thread at a time. */
    private void readAll(@Nullable String wanted) {
        long began = System.currentTimeMillis();
        Map<String, List<VerificationKey>> next = new HashMap<>();
        for (Source source : sources) {
            readOne(source, wanted);
            for (VerificationKey key : source.last) {
                next.computeIfAbsent(key.kid() == null ? "" : key.kid(), kid -> new ArrayList<>())
                        .add(known(key));
            }
        }
        Map<String, List<VerificationKey>> before = byKid;
        byKid = next;
        if (wanted != null) {
            askedAtMillis = began;
        }
        before.values().stream()
                .flatMap(List::stream)
                .filter(key -> !named(key.kid()).contains(key))
                .forEach(VerificationKey::remove);
    }

    private void readOne(Source source, @Nullable String wanted) {
        long now = System.nanoTime();
        try {
            List<VerificationKey> keys = source.keys.read(wanted);
            if (source.problem != null && !source.last.isEmpty()) {
                LOG.info("the keys of {} can be read again", issuer);
            }
            source.last = keys;
            source.lastNanos = now;
            source.problem = null;
        } catch (IOException unreadable) {
            if (!String.valueOf(unreadable.getMessage()).equals(source.problem)) {
                LOG.warn("keys of {} can't be read: {}", issuer, unreadable.getMessage());
            }
            source.problem = unreadable.getMessage();
            if (now - source.lastNanos > settings.keep().toNanos()) {
                source.last = List.of();
            }
        }
    }

    /** The same key as before if it is one, so that what it verified stays verified. */
    private VerificationKey known(VerificationKey key) {
        return named(key.kid()).stream().filter(key::same).findFirst().orElse(key);
    }
}

package io.millrace.sources.gateway.session;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.platform.resilience.Backoff;
import io.millrace.postgres.lease.Lease;
import io.millrace.postgres.lease.LeaseLostException;
import io.millrace.postgres.lease.LeasedRun;
import io.millrace.postgres.lease.TaskStoppedException;
import io.millrace.sources.gateway.session.GatewayPulledSource.Shard;
import io.millrace.sources.gateway.socket.GatewayClose;
import io.millrace.sources.gateway.socket.GatewayFrame;
import io.millrace.sources.gateway.socket.GatewaySocket;
import io.vertx.core.Future;
import java.net.URI;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A shard of a bot from one connection to the next: resumes its session, and identifies when there is none to resume. It
 * fails after some connections in a row that came to nothing. Belongs to one event loop.
 */
final class GatewayRun extends LeasedRun {
    private static final Logger LOG = LoggerFactory.getLogger(GatewayRun.class);
    private static final String RESUMED = "resumed";
    private static final long READY_MS = 20_000;
    private static final long SAVE_MS = 1_000;
    /** A connection that lasted so long was of use. */
    private static final long STEADY_NANOS = TimeUnit.SECONDS.toNanos(60);
    /** So many in a row that weren't are told as a failure. */
    private static final int ATTEMPTS = 4;
    /** Every third attempt isn't at the address that the session has: that server may be gone. */
    private static final int ELSEWHERE = 3;

    private final Shard shard;
    private final Lease lease;
    private final Session session;
    private final DispatchQueue queue;
    private final Backoff backoff;
    private final IdentifyPermit permit;
    private @Nullable GatewaySocket socket;
    private Future<Void> closed = Future.succeededFuture();
    private boolean live;
    private long liveNanos;
    private int attempts;
    private long unreadableBehind = -1;
    private boolean skipping;
    private long timer = -1;
    private final long saving;
    private volatile @Nullable String trouble;

    GatewayRun(Shard shard, Lease lease, Session session, DispatchQueue queue, Backoff backoff) {
        super(shard.vertx(), lease);
        this.shard = shard;
        this.lease = lease;
        this.session = session;
        this.queue = queue;
        this.backoff = backoff;
        this.permit = shard.permit();
        this.saving = shard.vertx().setPeriodic(SAVE_MS, fired -> tick());
    }

    /** Connects when what waits leaves room for more. */
    void connect() {
        if (!lease.isHeld()) {
            fail(lease.lost());
            return;
        }
        if (!queue.room().isComplete()) {
            trouble =
                    "its events were not taken for so long that it has closed the connection; it resumes the session when"
                            + " they are";
        }
        queue.room()
                .compose(room -> session.isKnown() ? whereToResume() : whereToIdentify())
                .onComplete(address -> {
                    if (isEnding()) {
                        return;
                    }
                    if (address.succeeded()) {
                        open(address.result());
                    } else if (address.cause() instanceof TaskStoppedException) {
                        fail(address.cause());
                    } else {
                        again(String.valueOf(address.cause().getMessage()), 0);
                    }
                });
    }

    private Future<URI> whereToResume() {
        URI told = shard.sockets().allowed(session.resumeAddress());
        boolean elsewhere = attempts % ELSEWHERE == ELSEWHERE - 1;
        if (told != null && !elsewhere) {
            return Future.succeededFuture(told);
        }
        String own = shard.source().address().gateway();
        return own == null ? shard.api().bot().compose(this::address) : parsed(own);
    }

    private Future<URI> whereToIdentify() {
        return permit.get().compose(this::address);
    }

    private Future<URI> address(GatewayApi.Bot bot) {
        String own = shard.source().address().gateway();
        return parsed(own == null ? bot.url() : own);
    }

    private Future<URI> parsed(@Nullable String url) {
        URI allowed = shard.sockets().allowed(url);
        return allowed == null
                ? Future.failedFuture(new IllegalStateException("the gateway's address " + url + " is not wss://host"))
                : Future.succeededFuture(allowed);
    }

    private void open(URI address) {
        boolean resumes = session.isKnown();
        live = false;
        GatewaySocket opened = shard.sockets().open(address, this::received, this::dispatched);
        socket = opened;
        closed = opened.gone();
        opened.hello()
                .onSuccess(hello -> {
                    if (!lease.isHeld()) {
                        // This node hung, and another has the session by now.
                        fail(lease.lost());
                    } else if (resumes) {
                        long from = skipping ? queue.received() : session.acknowledged();
                        opened.send(GatewayFrame.RESUME, shard.source().resume(session.id(), from));
                    } else {
                        opened.send(GatewayFrame.IDENTIFY, shard.source().identify(shard.number()));
                    }
                })
                .onFailure(this::fail);
        timer = shard.vertx()
                .setTimer(READY_MS, fired -> opened.end("the gateway didn't begin or resume the session in time"));
        opened.ended()
                .onSuccess(how -> {
                    if (socket == opened) {
                        socket = null;
                        over(how, resumes);
                    }
                })
                .onFailure(this::fail);
    }

    /** The last sequence of the present session. */
    private long received() {
        return session.isKnown() ? queue.received() : 0;
    }

    private void dispatched(GatewayFrame frame) {
        if (!lease.isHeld()) {
            fail(lease.lost());
            return;
        }
        boolean ready = "READY".equals(frame.t());
        String how = ready ? begin(frame) : RESUMED;
        if (!live) {
            // What is replayed comes before RESUMED, and may take long.
            live(how);
        }
        boolean lifecycle = ready || "RESUMED".equals(frame.t());
        skipping &= frame.s() <= queue.received();
        queue.add(frame, !lifecycle || shard.source().lifecycle());
        GatewaySocket from = socket;
        if (queue.isFull() && from != null) {
            from.pause();
            queue.room().onSuccess(room -> from.resume()).onFailure(this::fail);
        }
    }

    /** How the session came to be: its first dispatch may be replayed, too. */
    private String begin(GatewayFrame ready) {
        JsonNode content = ready.object();
        String id = content.path("session_id").asText();
        if (session.isKnown() && id.equals(session.id())) {
            return RESUMED;
        }
        boolean complete = session.begin(
                id,
                content.path("resume_gateway_url").textValue(),
                shard.clock().millis());
        queue.begin(id, 0);
        note();
        if (!complete) {
            LOG.warn("source {}: {}", lease.task(), session.missing());
        }
        return complete ? "identified" : "lost";
    }

    private void live(String how) {
        shard.vertx().cancelTimer(timer);
        shard.counted().accept(how);
        LOG.info("source {}: the session was {}", lease.task(), how);
        live = true;
        liveNanos = System.nanoTime();
        trouble = null;
        begun();
    }

    private void over(GatewayClose how, boolean resumed) {
        shard.vertx().cancelTimer(timer);
        if (live && System.nanoTime() - liveNanos > STEADY_NANOS) {
            attempts = 0;
        }
        switch (how.then()) {
            case STOP -> {
                fail(new TaskStoppedException(how.why()));
                return;
            }
            case IDENTIFY -> {
                session.lose(how.why());
                note();
            }
            case RESUME_UNREADABLE -> unreadable(resumed || live);
            case RESUME -> {}
        }
        again(how.why(), how.waitMs());
    }

    /** What can't be read twice is passed over. */
    private void unreadable(boolean known) {
        if (!known) {
            return;
        }
        if (unreadableBehind == queue.received()) {
            queue.skip();
            skipping = true;
        }
        unreadableBehind = queue.received();
    }

    private void again(String why, long leastMs) {
        trouble = "it connects again: " + why;
        int attempt = attempts++;
        if (attempt >= ATTEMPTS) {
            fail(new IllegalStateException(why));
            return;
        }
        LOG.info("source {} connects again: {}", lease.task(), why);
        timer = shard.vertx().setTimer(leastMs + backoff.delayMs(attempt), fired -> connect());
    }

    private void tick() {
        if (live && socket != null && queue.isEmpty()) {
            session.alive(shard.clock().millis());
        }
        note();
    }

    private void note() {
        session.save().onFailure(error -> {
            if (error instanceof LeaseLostException) {
                fail(error);
            } else {
                LOG.debug("source {}: where it is wasn't saved", lease.task(), error);
            }
        });
    }

    @Override
    protected Future<Void> drain() {
        return close().compose(done -> queue.stop());
    }

    @Override
    protected Future<Void> save() {
        return session.save();
    }

    @Override
    protected Future<Void> close() {
        shard.vertx().cancelTimer(timer);
        shard.vertx().cancelTimer(saving);
        permit.cancel();
        GatewaySocket open = socket;
        socket = null;
        if (open != null) {
            open.end("the source ends here");
        }
        return closed;
    }

    @Override
    public @Nullable String problem() {
        String all = Stream.of(queue.problem(), session.missing(), trouble, permit.problem())
                .filter(Objects::nonNull)
                .collect(Collectors.joining("; "));
        return all.isEmpty() ? null : all;
    }
}

package io.millrace.sources.gateway.session;

import io.millrace.postgres.lease.Lease;
import io.millrace.sources.gateway.GatewaySource;
import io.millrace.sources.gateway.GatewaySourceSettings;
import io.millrace.sources.gateway.socket.GatewayFrame;
import io.millrace.sources.intake.RetryingIntake;
import io.millrace.sources.intake.SourceMessage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The dispatches of a shard that wait until they are taken, in their order. It outlives a connection, and so does what
 * waits in it: what a resumed session repeats of that is left out. Belongs to one event loop.
 */
final class DispatchQueue {
    private static final int AT_ONCE = 100;

    /** A dispatch; without a message it is only to be passed over. */
    private record Waiting(String session, long sequence, @Nullable SourceMessage message) {
        int bytes() {
            return message == null ? 0 : message.record().length;
        }
    }

    private final RetryingIntake taker;
    private final Lease lease;
    private final Session session;
    private final String place;
    private final int shard;
    private final GatewaySourceSettings settings;
    private final Clock clock;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private String receivedOf = "";
    private long received;
    private long bytes;
    private int taking;
    private volatile int fill;
    private @Nullable Promise<Void> busy;
    private @Nullable Promise<Void> roomWanted;
    private boolean stopped;

    DispatchQueue(
            RetryingIntake taker,
            Lease lease,
            Session session,
            GatewaySource source,
            int shard,
            GatewaySourceSettings settings,
            Clock clock) {
        this.taker = taker;
        this.lease = lease;
        this.session = session;
        this.place = "gateway/" + source.source().name();
        this.shard = shard;
        this.settings = settings;
        this.clock = clock;
        if (session.isKnown()) {
            begin(session.id(), session.acknowledged());
        }
    }

    /** The dispatches that come next are of another session, behind a sequence. */
    void begin(String of, long sequence) {
        receivedOf = of;
        received = sequence;
    }

    /** The last sequence that came; 0 for none. */
    long received() {
        return received;
    }

    /**
     * Adds a dispatch that didn't come before.
     *
     * @param event whether it goes to the mapping
     */
    void add(GatewayFrame frame, boolean event) {
        if (frame.s() <= received || stopped) {
            return;
        }
        received = frame.s();
        Waiting next = new Waiting(receivedOf, frame.s(), event ? message(frame) : null);
        waiting.add(next);
        bytes += next.bytes();
        pump();
    }

    /** Passes over the next dispatch, which can't be read. */
    void skip() {
        received++;
        waiting.add(new Waiting(receivedOf, received, null));
        taker.count("unreadable", 1);
        pump();
    }

    private SourceMessage message(GatewayFrame frame) {
        Map<String, String> attributes = Map.of(
                GatewaySource.SESSION,
                receivedOf,
                GatewaySource.ID,
                receivedOf + "/" + frame.s(),
                GatewaySource.SHARD,
                String.valueOf(shard));
        String at = place + "/" + receivedOf;
        return new SourceMessage(
                frame.text().getBytes(StandardCharsets.UTF_8),
                attributes,
                null,
                new SourceMessage.Origin(at, shard, frame.s(), clock.millis()));
    }

    private void pump() {
        fill = waiting.size() + taking;
        if (busy != null || waiting.isEmpty() || stopped) {
            return;
        }
        List<SourceMessage> messages = new ArrayList<>();
        long batchBytes = 0;
        Waiting last = null;
        while (!waiting.isEmpty() && messages.size() < AT_ONCE) {
            last = waiting.remove();
            taking++;
            batchBytes += last.bytes();
            if (last.message() != null) {
                messages.add(last.message());
            }
        }
        Waiting end = Objects.requireNonNull(last);
        long freed = batchBytes;
        Promise<Void> underWay = Promise.promise();
        busy = underWay;
        Future<Void> done = messages.isEmpty() ? Future.succeededFuture() : taker.take(lease, messages);
        done.onComplete(result -> {
            busy = null;
            bytes -= freed;
            taking = 0;
            if (result.succeeded()) {
                session.acknowledged(end.session(), end.sequence(), clock.millis());
            } else {
                // Without the lease nothing may be published: the next node resumes behind what was acknowledged.
                stop();
            }
            pump();
            tellRoom();
            underWay.complete();
        });
    }

    /** Whether nothing more should be read for now. */
    boolean isFull() {
        return fill >= settings.waitingMax() || bytes >= settings.bytesMax();
    }

    /** Completes when at most half of the room is taken. */
    Future<Void> room() {
        if (hasRoom()) {
            return Future.succeededFuture();
        }
        Promise<Void> wanted = roomWanted == null ? Promise.promise() : roomWanted;
        roomWanted = wanted;
        return wanted.future();
    }

    private boolean hasRoom() {
        return stopped || fill <= settings.waitingMax() / 2 && bytes <= settings.bytesMax() / 2;
    }

    private void tellRoom() {
        Promise<Void> wanted = roomWanted;
        if (wanted != null && hasRoom()) {
            roomWanted = null;
            wanted.complete();
        }
    }

    /** Takes nothing more but what is being published. Completes when that is done. */
    Future<Void> stop() {
        stopped = true;
        waiting.clear();
        fill = taking;
        tellRoom();
        return busy == null ? Future.succeededFuture() : busy.future();
    }

    boolean isEmpty() {
        return fill == 0;
    }

    /** How many wait. Safe from any thread. */
    int size() {
        return fill;
    }

    /** Why they wait; null if nothing is wrong. Safe from any thread. */
    @Nullable
    String problem() {
        return taker.problem();
    }
}

package io.millrace.broadcast.hub;

import io.millrace.broadcast.outbound.ClientTransport;
import io.millrace.broadcast.outbound.CloseCode;
import io.millrace.broadcast.outbound.EncodedMessages;
import io.millrace.broadcast.outbound.ServerMessages;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.platform.auth.Principal;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One client: who is behind it, what it follows, and what goes out to it. Owned by its hub's event loop. */
public final class Connection {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    /** So many times longer is waited for who is full through no fault of its own. */
    private static final int STARVED = 3;

    private final String id;
    private final Hub hub;
    private final ClientTransport outlet;
    private final Map<String, Subscription> subscriptions = new LinkedHashMap<>();
    private Principal principal = Principal.PUBLIC;
    private boolean dirty;
    private boolean closing;

    private boolean welcomed;
    private final long openedAtMs = now();
    private long heardAtMs = openedAtMs;
    private long askedAtMs;
    private long fullSinceMs;

    /**
     * @param heartbeat a silent connection is asked for a sign of life this often
     * @param grace and has so long to give it
     * @param slow how long a client may take nothing before it is closed
     * @param position how often a client that gets only a part is told how far it is
     */
    public record Patience(Duration heartbeat, Duration grace, Duration slow, Duration position) {}

    public Connection(String id, Hub hub, ClientTransport outlet) {
        this.id = id;
        this.hub = hub;
        this.outlet = outlet;
    }

    public String id() {
        return id;
    }

    public String transport() {
        return outlet.transport();
    }

    public Hub hub() {
        return hub;
    }

    public Principal principal() {
        return principal;
    }

    /** Whether it was told farewell, or is gone. */
    public boolean closing() {
        return closing;
    }

    public boolean welcomed() {
        return welcomed;
    }

    public Collection<Subscription> subscriptions() {
        return subscriptions.values();
    }

    public @Nullable Subscription subscription(String stream) {
        return subscriptions.get(stream);
    }

    public void add(Subscription subscription) {
        subscriptions.put(subscription.stream, subscription);
    }

    public void remove(String stream) {
        Subscription subscription = subscriptions.remove(stream);
        if (subscription != null) {
            hub.unsubscribe(subscription);
        }
    }

    /**
     * Says who they are and what they may expect.
     *
     * @param requestId of the message that said who they are; null if it had none, or there was no such message
     */
    public void welcome(Principal who, long heartbeatMs, @Nullable Object requestId) {
        principal = who;
        welcomed = true;
        send(null, ServerMessages.welcome(id, who, heartbeatMs, requestId));
    }

    /**
     * A message for this connection alone.
     *
     * @param stream that it is about; null for the connection itself
     */
    public void send(@Nullable String stream, JsonObject message) {
        send(stream, message.encode());
    }

    /** As above, encoded. */
    public void send(@Nullable String stream, String message) {
        EncodedMessages parcel = EncodedMessages.of(stream, message);
        write(parcel);
        parcel.release();
        flush();
    }

    /** Hands it to the transport; {@link #flush} sends it. Whether it is the first since the last flush. */
    boolean write(EncodedMessages parcel) {
        if (closing) {
            // Nothing may follow a farewell.
            return false;
        }
        outlet.write(parcel);
        boolean first = !dirty;
        dirty = true;
        return first;
    }

    void flush() {
        dirty = false;
        outlet.flush();
    }

    public boolean writable() {
        return outlet.writable();
    }

    /** The transport takes no more. */
    public void full() {
        fullSinceMs = now();
        hub.full(this);
    }

    /** The transport takes more again. */
    public void drained() {
        fullSinceMs = 0;
        // It read what was before it, so it lives, however long its answer to a ping waits behind.
        heard();
        hub.context().runOnContext(readsAgain -> hub.writable(this));
    }

    public void error(@Nullable String stream, @Nullable Object requestId, Throwable thrown) {
        send(stream, ServerMessages.error(stream, requestId, refused(thrown)));
    }

    /** Counts what is refused to this client; what nobody foresaw is told to the log. */
    public MillraceException refused(Throwable thrown) {
        MillraceException known = MillraceException.of(thrown);
        hub.refusals().refused(known.failure());
        if (known.failure() == Failure.INTERNAL) {
            LOG.error("a request of connection {} failed", id, thrown);
        }
        return known;
    }

    /** Says why, then closes. */
    public void close(CloseCode code, Failure failure, String why) {
        close(code, new MillraceException(failure, why), null);
    }

    /**
     * Says why, then closes. What the client sends from now on is not read.
     *
     * @param requestId of the message that this answers; null if it had none, or there was no such message
     */
    public void close(CloseCode code, MillraceException why, @Nullable Object requestId) {
        if (!closing) {
            error(null, requestId, why);
            end(code, why.getMessage());
        }
    }

    /** Tells the client to come back elsewhere, at a time of its own, so that not all come at once. */
    public void retreat(int withinMs) {
        if (closing) {
            return;
        }
        send(null, ServerMessages.reconnect(ThreadLocalRandom.current().nextInt(withinMs)));
        end(CloseCode.DRAINING, "draining");
    }

    private void end(CloseCode code, String why) {
        closing = true;
        hub.refusals().closed(code);
        leaveStreams();
        outlet.close(code, why);
    }

    /** A client that reads nothing gets no farewell either. */
    public void cut() {
        closing = true;
        outlet.cut();
    }

    /** It takes nothing for too long, or at all. */
    void overloaded() {
        close(CloseCode.OVERLOADED, Failure.OVERLOADED, "the client reads too slowly");
        cut();
    }

    void begunAnew(String stream, String position) {
        send(stream, ServerMessages.begunAnew(stream, position));
    }

    void gap(String stream, String from, String to, String reason) {
        send(stream, ServerMessages.gap(stream, from, to, reason));
    }

    /** Written without a flush: there may be many of them. */
    void position(String stream, String position) {
        EncodedMessages parcel = EncodedMessages.of(
                stream, ServerMessages.position(stream, position).encode());
        write(parcel);
        parcel.release();
    }

    /** Milliseconds since it was opened. */
    public long age() {
        return now() - openedAtMs;
    }

    /** The transport is gone. */
    public void closed() {
        closing = true;
        leaveStreams();
    }

    private void leaveStreams() {
        List.copyOf(subscriptions.keySet()).forEach(this::remove);
    }

    public void heard() {
        heardAtMs = now();
        askedAtMs = 0;
    }

    /** Who is kept from reading by another of the same connection is given time until that one is cut. */
    private boolean isStuck(long now, long slowMs) {
        return fullSinceMs != 0
                && now - fullSinceMs > slowMs
                && (!outlet.starved() || now - fullSinceMs > STARVED * slowMs);
    }

    boolean starved() {
        return outlet.starved();
    }

    /** Called about once a second: asks for a sign of life, and ends what is dead, expired or stuck. */
    public void check(Patience patience) {
        long now = now();
        if (principal.expiresAtSeconds() * 1000 < System.currentTimeMillis() && principal.authenticated()) {
            close(CloseCode.UNAUTHENTICATED, Failure.UNAUTHENTICATED, "the token has expired");
        } else if (isStuck(now, patience.slow().toMillis())) {
            overloaded();
        } else if (askedAtMs != 0
                && fullSinceMs == 0
                && now - askedAtMs > patience.grace().toMillis()) {
            close(CloseCode.HEARTBEAT_LOST, Failure.UNAVAILABLE, "no sign of life");
        } else if (askedAtMs == 0 && now - heardAtMs > patience.heartbeat().toMillis()) {
            if (outlet.ping()) {
                askedAtMs = now;
            } else {
                heardAtMs = now;
            }
        }
        long every = patience.position().toMillis();
        if (!closing && writable()) {
            subscriptions.values().forEach(subscription -> hub.tellPosition(subscription, every));
            flush();
        }
    }

    /** Milliseconds of a clock that only goes forward. */
    public static long now() {
        return System.nanoTime() / 1_000_000;
    }
}

package io.millrace.broadcast.hub;

import io.millrace.broadcast.outbound.ClientTransport;
import io.millrace.broadcast.outbound.CloseCode;
import io.millrace.broadcast.outbound.EncodedMessages;
import io.millrace.broadcast.outbound.OutboundMessage;
import io.millrace.broadcast.outbound.ServerMessages;
import io.millrace.broadcast.spec.ConnectionTimeouts;
import io.millrace.broadcast.spec.Heartbeat;
import io.millrace.contracts.connection.ConnectionInfo.Lag;
import io.millrace.contracts.connection.ConnectionInfo.LastError;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.Micros;
import io.millrace.platform.auth.Principal;
import io.vertx.core.json.JsonObject;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One client's connection: its identity, its subscriptions, its {@link Heartbeat} and its end. Owned by its hub's event loop. */
public final class Connection {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    private final String id;
    private final Hub hub;
    private final ClientTransport transport;
    private final Map<String, Subscription> subscriptions = new LinkedHashMap<>();
    private Principal principal = Principal.PUBLIC;
    private boolean dirty;
    private boolean closing;
    private boolean welcomed;
    private long sentBytes;
    private @Nullable LastError lastError;
    private final long openedAtMs = now();
    private final long openedAtMicros = Micros.now();
    private final Heartbeat heartbeat = new Heartbeat(openedAtMs);

    public Connection(String id, Hub hub, ClientTransport transport) {
        this.id = id;
        this.hub = hub;
        this.transport = transport;
    }

    public String id() {
        return id;
    }

    public ClientTransport transport() {
        return transport;
    }

    public Hub hub() {
        return hub;
    }

    public Principal principal() {
        return principal;
    }

    /** Whether the last message was sent or the transport is closed. */
    public boolean closing() {
        return closing;
    }

    public boolean welcomed() {
        return welcomed;
    }

    public Collection<Subscription> subscriptions() {
        return subscriptions.values();
    }

    /** The streams that it is subscribed to. */
    public Set<String> streams() {
        return subscriptions.keySet();
    }

    public @Nullable Subscription subscription(String stream) {
        return subscriptions.get(stream);
    }

    public void add(Subscription subscription) {
        subscriptions.put(subscription.stream(), subscription);
    }

    public void remove(String stream) {
        Subscription subscription = subscriptions.remove(stream);
        if (subscription != null) {
            hub.unsubscribe(subscription);
        }
    }

    /** Gives the client its identity, and sends the message that says so. */
    public void welcome(Principal principal, JsonObject welcome) {
        this.principal = principal;
        welcomed = true;
        send(null, welcome);
    }

    /**
     * Sends a message to this connection alone.
     *
     * @param stream the stream that the message is about; null for the connection itself
     */
    public void send(@Nullable String stream, JsonObject message) {
        send(stream, OutboundMessage.of(message));
    }

    /** As above, with a message that is encoded already. */
    public void send(@Nullable String stream, OutboundMessage message) {
        writeAlone(stream, message);
        flush();
    }

    private void writeAlone(@Nullable String stream, OutboundMessage message) {
        EncodedMessages messages = EncodedMessages.of(stream, message);
        write(messages);
        messages.release();
    }

    /**
     * Writes messages to the transport; {@link #flush} sends them.
     *
     * @return whether these are the first messages since the last flush
     */
    boolean write(EncodedMessages messages) {
        if (closing) {
            // Nothing may follow the last message.
            return false;
        }
        transport.write(messages);
        sentBytes += messages.bytes();
        boolean first = !dirty;
        dirty = true;
        return first;
    }

    void flush() {
        dirty = false;
        transport.flush();
    }

    public boolean writable() {
        return transport.writable();
    }

    /** The socket is full. */
    public void full() {
        heartbeat.full(now());
        hub.onSocketFull(this);
    }

    /** The socket has room again. */
    public void drained() {
        heartbeat.drained(now());
        hub.context().runOnContext(readsAgain -> hub.onSocketDrained(this));
    }

    public void error(@Nullable String stream, @Nullable Object requestId, Throwable thrown) {
        send(stream, ServerMessages.error(stream, requestId, refused(thrown)));
    }

    /** Counts what is refused to this client; logs internal errors. */
    public MillraceException refused(Throwable thrown) {
        MillraceException known = MillraceException.of(thrown);
        hub.closes().refused(known.failure());
        lastError = new LastError(known.failure().code(), known.getMessage(), Micros.now());
        if (known.failure() == Failure.INTERNAL) {
            LOG.error("a request of connection {} failed", id, thrown);
        }
        return known;
    }

    /** The last error that the client was sent; null if there was none. */
    public @Nullable LastError lastError() {
        return lastError;
    }

    /** Bytes of the messages that were written to the client. */
    public long sentBytes() {
        return sentBytes;
    }

    /** What has not reached the client, without what its subscriptions have not been written. */
    public Lag lag() {
        return new Lag(heartbeat.fullMs(now()), 0, transport.unsent());
    }

    /** Sends an error that says why, then closes. */
    public void close(CloseCode code, Failure failure, String why) {
        close(code, new MillraceException(failure, why), null);
    }

    /**
     * Sends an error that says why, then closes. What the client sends from now on is not read.
     *
     * @param requestId the id of the message that this answers; null if there is none
     */
    public void close(CloseCode code, MillraceException why, @Nullable Object requestId) {
        if (!closing) {
            error(null, requestId, why);
            end(code, why.getMessage());
        }
    }

    /** Sends the client to another node after a random delay of less than {@code withinMs} milliseconds, then closes. */
    public void sendReconnect(int withinMs) {
        if (closing) {
            return;
        }
        send(null, ServerMessages.reconnect(ThreadLocalRandom.current().nextInt(withinMs)));
        end(CloseCode.DRAINING, "draining");
    }

    /** Flushes; whether nothing of what was written waits on this side any more. */
    public boolean settle() {
        dirty = false;
        return transport.settle();
    }

    /** Ends subscriptions; what their groups have buffered is not sent. */
    public void leave(Collection<String> streams) {
        boolean before = closing;
        closing = true;
        List.copyOf(streams).forEach(this::remove);
        closing = before;
    }

    /** Ends the connection at once, and discards what waits for its client. */
    public void reset(CloseCode code, MillraceException why) {
        refused(why);
        hub.closes().closed(code);
        reset();
    }

    /** As {@link #reset(CloseCode, MillraceException)}, of a connection whose end was counted already. */
    public void reset() {
        closed();
        transport.reset();
    }

    private void end(CloseCode code, String why) {
        closing = true;
        hub.closes().closed(code);
        leave(subscriptions.keySet());
        transport.close(code, why);
    }

    /** Ends the connection at once, without a last message: its client reads nothing. */
    public void abort() {
        closing = true;
        transport.abort();
    }

    /** The client reads too slowly, or nothing. */
    void closeOverloaded() {
        close(CloseCode.OVERLOADED, Failure.OVERLOADED, "the client reads too slowly");
        abort();
    }

    void sendStreamReset(String stream, String position) {
        send(stream, ServerMessages.streamReset(stream, position));
    }

    void sendGap(String stream, String from, String to, String reason) {
        send(stream, ServerMessages.gap(stream, from, to, reason));
    }

    /** Writes a position without a flush: there may be many of them. */
    void writePosition(String stream, String position) {
        writeAlone(stream, OutboundMessage.of(ServerMessages.position(stream, position)));
    }

    /** When the connection was opened, microseconds since 1970 UTC. */
    public long openedAtMicros() {
        return openedAtMicros;
    }

    /** Milliseconds since the connection was opened. */
    public long age() {
        return now() - openedAtMs;
    }

    /** The transport is closed. */
    public void closed() {
        closing = true;
        leave(subscriptions.keySet());
    }

    public void touch() {
        heartbeat.seen(now());
    }

    boolean starved() {
        return transport.starved();
    }

    /** Called about once a second: pings a silent client, and closes the connection if it is dead, expired or stuck. */
    public void check(ConnectionTimeouts timeouts) {
        switch (heartbeat.check(timeouts, now(), transport::starved)) {
            case STUCK -> closeOverloaded();
            case LOST -> close(CloseCode.HEARTBEAT_LOST, Failure.UNAVAILABLE, "no answer to a ping in time");
            case PING_DUE -> heartbeat.pinged(transport.ping(), now());
            case ALIVE -> {}
        }
        long every = timeouts.position().toMillis();
        if (!closing && writable()) {
            subscriptions.values().forEach(subscription -> hub.sendPosition(subscription, every));
            flush();
        }
    }

    /** Milliseconds of a clock that only goes forward. */
    public static long now() {
        return System.nanoTime() / 1_000_000;
    }
}

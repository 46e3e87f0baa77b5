package io.millrace.broadcast.transport;

import io.millrace.broadcast.hub.Connection;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the clients of one event loop to other nodes, in slices, so that the nodes where they go on get them evenly. A client
 * gets events until its slice has its turn; then it is sent a {@code reconnect} and closed, and cut if it does not close its
 * side in time. Owned by that event loop.
 */
final class ConnectionDrain {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionDrain.class);
    static final int SLICE_MS = 100;
    /** Connections of a slice at least, so that few of them are not held up. */
    private static final int SLICE = 10;
    /** How long a client may take to read what it was sent and to close its side; what it misses is sent by its next node. */
    private static final int LEAVE_MS = 1_000;

    private final Vertx vertx;
    private final Collection<Connection> open;
    private final Map<Connection, Long> closingSinceMs = new HashMap<>();
    private final Promise<Void> gone = Promise.promise();
    private int slices;

    /**
     * Sends nobody away yet.
     *
     * @param open the connections that are open at any time, the oldest first
     * @param withinMs the time over which they are sent away
     */
    ConnectionDrain(Vertx vertx, Collection<Connection> open, int withinMs) {
        this.vertx = vertx;
        this.open = open;
        this.slices = Math.max(1, withinMs / SLICE_MS);
    }

    /** Starts; completes when no connection is open any more. */
    Future<Void> start() {
        next();
        return gone.future();
    }

    private void next() {
        List<Connection> waiting =
                List.copyOf(open).stream().filter(this::stays).toList();
        // After the last slice those that were let in just before the drain.
        int size = slices > 1 ? Math.max(SLICE, (waiting.size() + slices - 1) / slices) : waiting.size();
        slices--;
        waiting.stream().limit(size).forEach(ConnectionDrain::sendAway);
        if (open.isEmpty()) {
            gone.complete();
        } else {
            // Not by a period: after a stall of the event loop slices would follow each other at once.
            vertx.setTimer(SLICE_MS, later -> next());
        }
    }

    private static void sendAway(Connection connection) {
        try {
            connection.sendReconnect(SLICE_MS);
        } catch (RuntimeException broken) {
            LOG.error("connection {} can't be written to", connection.id(), broken);
            connection.abort();
        }
    }

    /** Whether a client was not sent away yet; one that was and does not go is cut. */
    private boolean stays(Connection connection) {
        if (!connection.closing()) {
            return true;
        }
        long now = Connection.now();
        if (now - closingSinceMs.computeIfAbsent(connection, first -> now) >= LEAVE_MS) {
            connection.abort();
        }
        return false;
    }
}

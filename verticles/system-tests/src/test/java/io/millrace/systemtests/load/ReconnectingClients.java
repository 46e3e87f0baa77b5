package io.millrace.systemtests.load;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Many clients of one stream that come back where they are told, at once, whenever they were told to; they look for gaps and
 * repeats.
 */
public final class ReconnectingClients implements AutoCloseable {
    private static final int CONNECTING = 50;
    private static final int MAX_FAULTS = 5;

    private final Vertx vertx = Vertx.vertx();
    private final WebSocketClient sockets = vertx.createWebSocketClient(new WebSocketClientOptions()
            .setMaxFrameSize(1 << 20)
            .setMaxMessageSize(4 << 20)
            .setMaxConnections(10_000));
    private final Supplier<URI> where;
    private final IntFunction<String> tokens;
    private final String stream;
    private final List<Follower> followers;
    private final List<String> faults = new CopyOnWriteArrayList<>();
    private final AtomicInteger told = new AtomicInteger();
    private volatile boolean over;

    /**
     * Connects them all.
     *
     * @param where a broadcast node, at the time it is asked
     * @param tokens of each client
     */
    public ReconnectingClients(int size, Supplier<URI> where, IntFunction<String> tokens, String stream) {
        this.where = where;
        this.tokens = tokens;
        this.stream = stream;
        this.followers = IntStream.range(0, size).mapToObj(Follower::new).toList();
        for (int from = 0; from < size; from += CONNECTING) {
            List<Future<Void>> some = followers.subList(from, Math.min(size, from + CONNECTING)).stream()
                    .map(Follower::connect)
                    .toList();
            Future.all(some)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .orTimeout(60, TimeUnit.SECONDS)
                    .join();
        }
    }

    /** How many were told in words to come back. */
    public int told() {
        return told.get();
    }

    /** How many have everything up to an offset. */
    public long at(long offset) {
        return followers.stream().filter(follower -> follower.offset >= offset).count();
    }

    /** Milliseconds from {@code auth} to {@code welcome}, when they connected first, that so many in a hundred needed at most. */
    public double welcomedWithinMs(int percent) {
        long[] nanos =
                followers.stream().mapToLong(one -> one.welcomedNanos).sorted().toArray();
        return nanos[Math.min(nanos.length - 1, nanos.length * percent / 100)] / 1e6;
    }

    /** The first few. */
    public List<String> faults() {
        return faults.stream().limit(MAX_FAULTS).toList();
    }

    @Override
    public void close() {
        over = true;
        vertx.close()
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }

    private final class Follower {
        private final String token;
        private volatile long offset = -1;
        private volatile long welcomedNanos;
        private long asked;
        private @Nullable String position;

        Follower(int number) {
            token = tokens.apply(number);
        }

        Future<Void> connect() {
            URI uri = where.get();
            WebSocketConnectOptions options = new WebSocketConnectOptions()
                    .setHost(uri.getHost())
                    .setPort(uri.getPort())
                    .setURI("/api/ws");
            return sockets.connect(options).compose(this::follow);
        }

        private Future<Void> follow(WebSocket socket) {
            socket.textMessageHandler(
                    frame -> frame.lines().map(JsonObject::new).forEach(this::take));
            socket.closeHandler(closed -> vertx.runOnContext(left -> again()));
            JsonObject subscribe = new JsonObject().put("type", "subscribe").put("stream", stream);
            if (position != null) {
                subscribe.put("after", position);
            }
            asked = System.nanoTime();
            JsonObject auth = new JsonObject().put("type", "auth").put("token", token);
            return socket.writeTextMessage(auth.encode()).compose(sent -> socket.writeTextMessage(subscribe.encode()));
        }

        private void again() {
            if (over) {
                return;
            }
            connect().onFailure(notYet -> vertx.setTimer(500, timer -> again()));
        }

        private void take(JsonObject message) {
            switch (message.getString("type")) {
                case "welcome" -> {
                    if (welcomedNanos == 0) {
                        welcomedNanos = System.nanoTime() - asked;
                    }
                }
                case "subscribed" -> {
                    if (!message.getBoolean("recovered")) {
                        faults.add("not recovered: " + message.encode());
                    }
                    if (offset < 0) {
                        move(message.getString("position"));
                    }
                }
                case "reconnect" -> told.incrementAndGet();
                case "error" -> faults.add(message.encode());
                case "update" -> {
                    long before = offset;
                    move(message.getString("position"));
                    if (offset != before + 1) {
                        faults.add("after " + before + " came " + offset);
                    }
                }
                default -> {}
            }
        }

        private void move(String to) {
            position = to;
            offset = Long.parseLong(to.substring(to.indexOf(':') + 1));
        }
    }
}

package io.millrace.testkit.client;

import io.millrace.testkit.format.CompactMessages;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The WebSocket protocol, as one person speaks it: keeps a log of each stream over all its connections, can drop its
 * connection and resume. Safe from any thread.
 */
public final class SocketClient implements AutoCloseable {
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final int WAIT_SECONDS = 15;

    private final @Nullable String token;
    private final @Nullable String subprotocol;
    private final Map<String, StreamLog> logs = new ConcurrentHashMap<>();
    private final List<JsonObject> others = new CopyOnWriteArrayList<>();
    private volatile Socket socket;

    private SocketClient(URI uri, @Nullable String token, @Nullable String subprotocol, String... followed) {
        this.token = token;
        this.subprotocol = subprotocol;
        for (String stream : followed) {
            logs.put(stream, new StreamLog());
        }
        this.socket = connect(uri);
    }

    /**
     * Returns when the connection is open.
     *
     * @param token sent as a header at the upgrade; null for none
     */
    public static SocketClient open(URI http, @Nullable String token) {
        return new SocketClient(http, token, null);
    }

    /** As above, with messages of a compact form, which this subprotocol asks for. */
    public static SocketClient openAs(String subprotocol, URI http, String token) {
        return new SocketClient(http, token, subprotocol);
    }

    /**
     * Returns when the connection is open.
     *
     * @param followed streams that the server follows for this client without being asked; each has a log from the beginning
     */
    public static SocketClient open(URI http, String token, String... followed) {
        return new SocketClient(http, token, null, followed);
    }

    private Socket connect(URI http) {
        Socket fresh = new Socket();
        WebSocket.Builder builder = HTTP.newWebSocketBuilder().connectTimeout(Duration.ofSeconds(5));
        if (token != null) {
            builder.header("Authorization", "Bearer " + token);
        }
        if (subprotocol != null) {
            builder.subprotocols(subprotocol);
        }
        URI uri = URI.create(http.toString().replaceFirst("^http", "ws"));
        fresh.webSocket = await(builder.buildAsync(uri, fresh));
        return fresh;
    }

    /** Follows a stream from its head; returns when the server has answered. */
    public StreamLog subscribe(String stream) {
        return subscribe(stream, null);
    }

    /**
     * Follows a stream; returns when the server has answered.
     *
     * @param after the position after which to go on; null for the head
     */
    public StreamLog subscribe(String stream, @Nullable String after) {
        JsonObject request = new JsonObject().put("type", "subscribe").put("stream", stream);
        return subscribe(after == null ? request : request.put("after", after));
    }

    /** Follows a stream as a request says; returns when the server has answered. */
    public StreamLog subscribe(JsonObject request) {
        String stream = request.getString("stream");
        StreamLog log = logs.computeIfAbsent(stream, name -> new StreamLog());
        CompletableFuture<JsonObject> answer = socket.ask(stream);
        send(request.encode());
        await(answer);
        return log;
    }

    public StreamLog log(String stream) {
        StreamLog log = logs.get(stream);
        if (log == null) {
            throw new IllegalArgumentException("never subscribed to " + stream);
        }
        return log;
    }

    /** Whatever text. */
    public void send(String text) {
        WebSocket open = socket.webSocket;
        if (open == null) {
            throw new IllegalStateException("not connected");
        }
        await(open.sendText(text, true));
    }

    /** All messages that are no events, over all connections. */
    public List<JsonObject> others() {
        return List.copyOf(others);
    }

    /** The newest message of that type that is no event; null if none has come. */
    public @Nullable JsonObject last(String type) {
        JsonObject found = null;
        for (JsonObject message : others) {
            found = type.equals(message.getString("type")) ? message : found;
        }
        return found;
    }

    public boolean isOpen() {
        return !socket.ended.isDone();
    }

    /** The code of the close frame, once the connection has ended; 1006 if there was none. */
    public int closeCode() {
        return await(socket.ended);
    }

    /** Cuts the connection, without a word to the server. */
    public void drop() {
        WebSocket open = socket.webSocket;
        if (open != null) {
            open.abort();
        }
        socket.end(1006);
    }

    /** Comes back, perhaps to another node, and goes on with every stream where it was. */
    public void resume(URI http) {
        logs.values().forEach(StreamLog::disconnected);
        socket = connect(http);
        for (Map.Entry<String, StreamLog> followed : logs.entrySet()) {
            subscribe(followed.getKey(), followed.getValue().position());
        }
    }

    @Override
    public void close() {
        drop();
    }

    private static <T> T await(CompletableFuture<T> future) {
        try {
            return future.get(WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException failed) {
            throw new CompletionException("the WebSocket failed", failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", interrupted);
        }
    }

    /** One connection. */
    private final class Socket implements WebSocket.Listener {
        final CompletableFuture<Integer> ended = new CompletableFuture<>();
        private final Map<String, CompletableFuture<JsonObject>> asked = new ConcurrentHashMap<>();
        private final StringBuilder text = new StringBuilder();
        private final ByteArrayOutputStream binary = new ByteArrayOutputStream();
        private final CompactMessages messages = new CompactMessages();
        volatile @Nullable WebSocket webSocket;

        CompletableFuture<JsonObject> ask(String stream) {
            CompletableFuture<JsonObject> answer = new CompletableFuture<>();
            asked.put(stream, answer);
            return answer;
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
            text.append(part);
            if (last) {
                List<JsonObject> read = messages.text(text.toString());
                text.setLength(0);
                read.forEach(this::take);
            }
            from.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer part, boolean last) {
            byte[] bytes = new byte[part.remaining()];
            part.get(bytes);
            binary.writeBytes(bytes);
            if (last) {
                List<JsonObject> read = messages.binary(binary.toByteArray());
                binary.reset();
                read.forEach(this::take);
            }
            from.request(1);
            return null;
        }

        private synchronized void take(JsonObject message) {
            if (ended.isDone()) {
                // Dropped: what was on its way still comes again after the resume.
                return;
            }
            String stream = message.getString("stream");
            StreamLog log = stream == null ? null : logs.get(stream);
            if (log != null && message.containsKey("data")) {
                log.received(message);
                return;
            }
            others.add(message);
            CompletableFuture<JsonObject> answer = stream == null ? null : asked.remove(stream);
            if (log != null && "subscribed".equals(message.getString("type"))) {
                log.subscribed(message);
                if (answer != null) {
                    answer.complete(message);
                }
            }
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            end(code);
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            end(1006);
        }

        synchronized void end(int code) {
            ended.complete(code);
            asked.values().forEach(waiting -> waiting.cancel(false));
        }
    }
}

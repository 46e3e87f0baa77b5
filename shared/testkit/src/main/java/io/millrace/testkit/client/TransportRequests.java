package io.millrace.testkit.client;

import io.millrace.testkit.format.CompactMessages;
import io.netty.util.IllegalReferenceCountException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.StreamResetException;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The sockets and requests of a {@link Transport}, with its listener's identity; what they end with is noted there. */
final class TransportRequests {
    /** RFC 9113 §7. */
    private static final int REFUSED_STREAM = 7;

    private static final int REPEATS = 3;

    private TransportRequests() {}

    /** The answer to a request that may be sent anew. */
    static Future<HttpClientResponse> answered(Supplier<Future<HttpClientResponse>> request) {
        return repeated(request, REPEATS);
    }

    private static Future<HttpClientResponse> repeated(Supplier<Future<HttpClientResponse>> request, int times) {
        return request.get()
                .recover(gone -> givenUp(gone) && times > 0 ? repeated(request, times - 1) : Future.failedFuture(gone));
    }

    /** A connection that its server gives up takes a request no more, and says so (RFC 9113 §6.8 and §8.7): it is sent anew. */
    private static boolean givenUp(Throwable gone) {
        return (gone instanceof HttpClosedException closed && saidGoAway(closed))
                || (gone instanceof StreamResetException reset && reset.getCode() == REFUSED_STREAM);
    }

    private static boolean saidGoAway(HttpClosedException closed) {
        try {
            return closed.goAway() != null;
        } catch (IllegalReferenceCountException freed) {
            // There is one: see findings/vertx-goaway-cannot-be-read.sh.
            return true;
        }
    }

    /** Connects; the result sends. */
    static Future<Consumer<String>> socket(TransportListener listener, String path, Consumer<String> receive) {
        return socket(listener, path, List.of(), socket -> socket.textMessageHandler(receive::accept));
    }

    /** As {@link #socket}, with messages of a compact form. */
    static Future<Consumer<String>> compactSocket(TransportListener listener, String path, String subprotocol) {
        CompactMessages messages = new CompactMessages();
        return socket(listener, path, List.of(subprotocol), socket -> {
            socket.textMessageHandler(text -> messages.text(text).forEach(listener::add));
            socket.binaryMessageHandler(
                    binary -> messages.binary(binary.getBytes()).forEach(listener::add));
        });
    }

    private static Future<Consumer<String>> socket(
            TransportListener listener, String path, List<String> subprotocols, Consumer<WebSocket> receive) {
        WebSocketConnectOptions options = new WebSocketConnectOptions()
                .setHost(listener.front.getHost())
                .setPort(listener.front.getPort())
                .setSubProtocols(subprotocols)
                .setURI(path);
        if (path.startsWith("/api")) {
            options.addHeader("Authorization", "Bearer " + listener.token);
        }
        return listener.client
                .sockets()
                .connect(options)
                .<Consumer<String>>map(socket -> {
                    receive.accept(socket);
                    socket.closeHandler(
                            closed -> listener.end(socket.closeStatusCode() == null ? 0 : socket.closeStatusCode()));
                    listener.reads(socket);
                    return text -> socket.writeTextMessage(text).onFailure(listener::cut);
                })
                .onFailure(listener::cut);
    }

    /** Connects to a TCP bridge; the result sends. */
    static Future<Consumer<String>> tcp(TransportListener listener, int port) {
        return listener.client.tcp().connect(port, listener.front.getHost()).map(socket -> {
            Buffer[] rest = {Buffer.buffer()};
            socket.handler(part -> {
                rest[0].appendBuffer(part);
                int at = 0;
                while (rest[0].length() >= at + 4 && rest[0].length() >= at + 4 + rest[0].getInt(at)) {
                    int end = at + 4 + rest[0].getInt(at);
                    tcpMessage(listener, socket, rest[0].getString(at + 4, end));
                    at = end;
                }
                rest[0] = rest[0].getBuffer(at, rest[0].length());
            });
            socket.exceptionHandler(reset -> listener.end(0));
            socket.closeHandler(closed -> listener.end(0));
            listener.reads(socket);
            return text -> socket.write(tcpFrame(text)).onFailure(listener::cut);
        });
    }

    private static void tcpMessage(TransportListener listener, NetSocket socket, String text) {
        JsonObject message = new JsonObject(text);
        switch (message.getString("type")) {
            case "message", "err" -> Transport.bridged(listener, text);
            case "close" -> listener.end(message.getInteger("code"));
            case "ping" -> socket.write(tcpFrame("{\"type\":\"pong\"}")).onFailure(listener::cut);
            default -> listener.add(message);
        }
    }

    private static Buffer tcpFrame(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return Buffer.buffer(4 + bytes.length).appendInt(bytes.length).appendBytes(bytes);
    }

    /** The lines of a response, as they come; completes at its end. */
    static Future<Void> lines(
            TransportListener listener, HttpMethod method, String path, String body, Consumer<String> take) {
        return request(listener, method, path, body)
                .compose(response -> unlessRefused(listener, response, () -> {
                    StringBuilder rest = new StringBuilder();
                    response.handler(part -> {
                        rest.append(part.toString(StandardCharsets.ISO_8859_1));
                        for (int end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n")) {
                            String line = rest.substring(0, end).stripTrailing();
                            // A part may end within a character; a line doesn't.
                            take.accept(new String(line.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8));
                            rest.delete(0, end + 1);
                        }
                    });
                    listener.reads(response);
                    return response.end();
                }));
    }

    static Future<HttpClientResponse> request(TransportListener listener, HttpMethod method, String path, String body) {
        RequestOptions options = new RequestOptions()
                .setMethod(method)
                .setHost(listener.front.getHost())
                .setPort(listener.front.getPort())
                .setURI(path)
                .putHeader("Authorization", "Bearer " + listener.token)
                .putHeader("Content-Type", "application/json");
        try {
            return listener.client.http().request(options).compose(request -> request.send(Buffer.buffer(body)));
        } catch (IllegalStateException closed) {
            return Future.failedFuture(closed);
        }
    }

    /** One that refuses is told to the listener before it fails. */
    static <T> Future<T> unlessRefused(
            TransportListener listener, HttpClientResponse response, Supplier<Future<T>> then) {
        if (response.statusCode() < 300) {
            return then.get();
        }
        // A proxy's own answer is no problem of ours.
        boolean ours = "application/problem+json".equals(response.getHeader("Content-Type"));
        String status = "" + response.statusCode();
        return response.body().compose(problem -> {
            String code = ours ? new JsonObject(problem).getString("code") : status;
            listener.add(new JsonObject().put("type", "error").put("code", code));
            return Future.failedFuture("refused");
        });
    }
}

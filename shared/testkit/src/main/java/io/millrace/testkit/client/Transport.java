package io.millrace.testkit.client;

import static io.millrace.testkit.client.TransportRequests.answered;
import static io.millrace.testkit.client.TransportRequests.compactSocket;
import static io.millrace.testkit.client.TransportRequests.lines;
import static io.millrace.testkit.client.TransportRequests.request;
import static io.millrace.testkit.client.TransportRequests.socket;
import static io.millrace.testkit.client.TransportRequests.tcp;
import static io.millrace.testkit.client.TransportRequests.unlessRefused;

import io.millrace.testkit.format.CompactMessages;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Every way to listen, as a plain client of it: what a subscription with such options is sent. */
public enum Transport {
    WEBSOCKET {
        @Override
        void begin(TransportListener listener) {
            socket(listener, "/api/ws", text -> text.lines()
                            .map(JsonObject::new)
                            .forEach(listener::add))
                    .onSuccess(send -> send.accept(
                            listener.options.copy().put("type", "subscribe").encode()))
                    .onFailure(listener::cut);
        }
    },
    /** The WebSocket with compact messages. */
    WEBSOCKET_COMPACT {
        @Override
        void begin(TransportListener listener) {
            compact(listener, CompactMessages.COMPACT);
        }
    },
    /** The WebSocket with messages in CBOR. */
    WEBSOCKET_CBOR {
        @Override
        void begin(TransportListener listener) {
            compact(listener, CompactMessages.CBOR);
        }
    },
    /** The bridge on a WebSocket without SockJS' frames. */
    SOCKJS {
        @Override
        void begin(TransportListener listener) {
            socket(listener, "/eventbus/websocket", text -> bridged(listener, text))
                    .onSuccess(send -> send.accept(registration(listener)))
                    .onFailure(listener::cut);
        }
    },
    SOCKJS_WEBSOCKET {
        @Override
        void begin(TransportListener listener) {
            Promise<Consumer<String>> open = Promise.promise();
            Consumer<String> send = text -> open.future()
                    .onSuccess(socket -> socket.accept(new JsonArray().add(text).encode()))
                    .onFailure(listener::cut);
            socket(listener, session() + "/websocket", frame -> sockJsFrame(listener, frame, send))
                    .onComplete(open);
        }
    },
    SOCKJS_XHR {
        @Override
        void begin(TransportListener listener) {
            sockJs(listener, session(), "/xhr", HttpMethod.POST, "");
        }
    },
    SOCKJS_XHR_STREAMING {
        @Override
        void begin(TransportListener listener) {
            sockJs(listener, session(), "/xhr_streaming", HttpMethod.POST, "");
        }
    },
    SOCKJS_EVENTSOURCE {
        @Override
        void begin(TransportListener listener) {
            sockJs(listener, session(), "/eventsource", HttpMethod.GET, "data: ");
        }
    },
    /** The bridge on TCP, at the port that {@link #tcpAt} told. */
    TCP {
        @Override
        void begin(TransportListener listener) {
            int port = Objects.requireNonNull(TCP_PORTS.get(listener.front.getPort()), "the front has no TCP bridge");
            tcp(listener, port)
                    .onSuccess(send -> send.accept(registration(listener)))
                    .onFailure(listener::cut);
        }
    },
    SSE {
        @Override
        void begin(TransportListener listener) {
            events(listener, HttpMethod.GET, "/api/sse?" + query(listener.options), "");
        }
    },
    SSE_POSTED {
        @Override
        void begin(TransportListener listener) {
            posted(listener, new JsonArray().add(listener.options));
        }
    },
    POLL {
        @Override
        void begin(TransportListener listener) {
            poll(
                    listener,
                    listener.options.copy(),
                    now -> request(listener, HttpMethod.GET, "/api/poll?wait=5&" + query(now), ""));
        }
    },
    POLL_POSTED {
        @Override
        void begin(TransportListener listener) {
            poll(
                    listener,
                    listener.options.copy(),
                    now -> request(
                            listener,
                            HttpMethod.POST,
                            "/api/poll",
                            now.copy().put("wait", 5).encode()));
        }
    };

    /** The ports of TCP bridges, by those of their HTTP servers. */
    private static final Map<Integer, Integer> TCP_PORTS = new ConcurrentHashMap<>();

    /** What SockJS' clients say of a session that its server has no more. */
    private static final int LOST = 1006;
    /** Says where the TCP bridge of a node is, whose HTTP server has that port. */
    public static void tcpAt(int httpPort, int tcpPort) {
        TCP_PORTS.put(httpPort, tcpPort);
    }

    /** Subscribes; the client speaks HTTP/1.1 and is the listener's own. */
    public TransportListener open(URI front, String token, JsonObject options) {
        TransportClient client = new TransportClient(HttpVersion.HTTP_1_1, 5);
        return open(client, front, token, options).closing(client);
    }

    /**
     * Subscribes.
     *
     * @param front any address of the server
     * @param options as in the WebSocket's {@code subscribe}
     */
    public TransportListener open(TransportClient client, URI front, String token, JsonObject options) {
        TransportListener listener = new TransportListener(client, front, token, options);
        TransportClient.begin(() -> begin(listener));
        return listener;
    }

    /** Several subscriptions in one response of server-sent events. */
    public static TransportListener serverSentEvents(URI front, String token, JsonArray subscriptions) {
        TransportClient client = new TransportClient(HttpVersion.HTTP_1_1, 5);
        TransportListener listener = new TransportListener(client, front, token, new JsonObject()).closing(client);
        TransportClient.begin(() -> posted(listener, subscriptions));
        return listener;
    }

    private static void posted(TransportListener listener, JsonArray subscriptions) {
        events(
                listener,
                HttpMethod.POST,
                "/api/sse",
                new JsonObject().put("subscribe", subscriptions).encode());
    }

    private static void events(TransportListener listener, HttpMethod method, String path, String body) {
        lines(listener, method, path, body, line -> {
                    if (line.startsWith("data: ")) {
                        listener.add(new JsonObject(line.substring("data: ".length())));
                    }
                })
                .onComplete(ended -> listener.end(0));
    }

    private static void poll(
            TransportListener listener, JsonObject now, Function<JsonObject, Future<HttpClientResponse>> ask) {
        answered(() -> ask.apply(now))
                .compose(response -> unlessRefused(listener, response, response::body))
                .onSuccess(text -> {
                    JsonObject body = new JsonObject(text);
                    if (!now.containsKey("next")) {
                        listener.add(new JsonObject()
                                .put("type", "subscribed")
                                .put("position", body.getString("next"))
                                .put("recovered", body.getBoolean("recovered")));
                    }
                    body.getJsonArray("events").forEach(event -> listener.add((JsonObject) event));
                    now.put("after", body.getString("next")).put("next", true);
                    listener.next(() -> poll(listener, now, ask));
                })
                .onFailure(listener::cut);
    }

    /** On an event loop. */
    abstract void begin(TransportListener listener);

    private static void compact(TransportListener listener, String subprotocol) {
        compactSocket(listener, "/api/ws", subprotocol)
                .onSuccess(send -> send.accept(
                        listener.options.copy().put("type", "subscribe").encode()))
                .onFailure(listener::cut);
    }

    /** Whether it is one socket for all, so that there is but one form of HTTP for it. */
    public boolean isSocket() {
        return isWebSocket() || this == SOCKJS || this == SOCKJS_WEBSOCKET || this == TCP;
    }

    /** Whether it is the WebSocket of {@code /api/ws}, in whatever form its messages are. */
    public boolean isWebSocket() {
        return this == WEBSOCKET || this == WEBSOCKET_COMPACT || this == WEBSOCKET_CBOR;
    }

    /** A session of SockJS over HTTP: one response after the other, until one says that it is closed. */
    private static void sockJs(
            TransportListener listener, String session, String way, HttpMethod method, String prefix) {
        Consumer<String> send = text -> request(
                        listener,
                        HttpMethod.POST,
                        session + "/xhr_send",
                        new JsonArray().add(text).encode())
                .compose(response -> unlessRefused(listener, response, response::end))
                .onFailure(listener::cut);
        lines(listener, method, session + way, "", line -> {
                    if (line.startsWith(prefix) && line.length() > prefix.length()) {
                        sockJsFrame(listener, line.substring(prefix.length()), send);
                    }
                })
                .onSuccess(ended -> {
                    if (!listener.hasEnded()) {
                        listener.next(() -> sockJs(listener, session, way, method, prefix));
                    }
                })
                .onFailure(listener::cut);
    }

    private static void sockJsFrame(TransportListener listener, String frame, Consumer<String> send) {
        switch (frame.charAt(0)) {
            case 'o' -> {
                if (listener.opened()) {
                    // Another session under the same name: what the one before had is lost.
                    listener.end(LOST);
                } else {
                    send.accept(registration(listener));
                }
            }
            case 'a' -> new JsonArray(frame.substring(1)).forEach(message -> bridged(listener, (String) message));
            case 'c' -> listener.end(new JsonArray(frame.substring(1)).getInteger(0));
            default -> {}
        }
    }

    static void bridged(TransportListener listener, String text) {
        JsonObject message = new JsonObject(text);
        listener.add(
                message.getString("type").equals("err")
                        ? new JsonObject()
                                .put("type", "error")
                                .put("code", message.getString("message").split(" ", 2)[0])
                        : message.getJsonObject("body"));
    }

    private static String registration(TransportListener listener) {
        JsonObject headers = new JsonObject().put("authorization", "Bearer " + listener.token);
        listener.options.forEach(option -> headers.put(option.getKey(), text(option.getValue())));
        return new JsonObject()
                .put("type", "register")
                .put("address", "stream." + listener.options.getString("stream"))
                .put("headers", headers)
                .encode();
    }

    /** The path of a session of SockJS that is not there yet. */
    public static String session() {
        return "/eventbus/000/" + UUID.randomUUID().toString().replace("-", "");
    }

    private static String query(JsonObject options) {
        return options.stream()
                .map(option ->
                        option.getKey() + "=" + URLEncoder.encode(text(option.getValue()), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
    }

    private static String text(Object value) {
        return value instanceof JsonObject object ? object.encode() : String.valueOf(value);
    }
}

package io.millrace.broadcast;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Every way to listen, as a plain client of it: what a subscription with such options is sent. */
enum Transport {
    WEBSOCKET {
        @Override
        Listener open(URI front, String token, JsonObject options) {
            Collector collector = new Collector(Transport::each);
            WebSocket socket = HTTP.newWebSocketBuilder()
                    .header("Authorization", "Bearer " + token)
                    .buildAsync(ws(front, "/api/ws"), collector)
                    .join();
            socket.sendText(options.copy().put("type", "subscribe").encode(), true)
                    .join();
            return collector.of(socket);
        }
    },
    SOCKJS {
        @Override
        Listener open(URI front, String token, JsonObject options) {
            Collector collector = new Collector(text -> Stream.of(new JsonObject(text))
                    .map(message -> message.getString("type").equals("err")
                            ? new JsonObject()
                                    .put("type", "error")
                                    .put("code", message.getString("message").split(" ", 2)[0])
                            : message.getJsonObject("body")));
            WebSocket socket = HTTP.newWebSocketBuilder()
                    .buildAsync(ws(front, "/eventbus/websocket"), collector)
                    .join();
            JsonObject headers = new JsonObject().put("authorization", "Bearer " + token);
            options.forEach(option -> headers.put(option.getKey(), text(option.getValue())));
            socket.sendText(
                            new JsonObject()
                                    .put("type", "register")
                                    .put("address", "stream." + options.getString("stream"))
                                    .put("headers", headers)
                                    .encode(),
                            true)
                    .join();
            return collector.of(socket);
        }
    },
    SSE {
        @Override
        Listener open(URI front, String token, JsonObject options) {
            return read(request(front, "/api/sse?" + query(options), token));
        }
    },
    SSE_POSTED {
        @Override
        Listener open(URI front, String token, JsonObject options) {
            return serverSentEvents(front, token, new JsonArray().add(options));
        }
    },
    POLL {
        @Override
        Listener open(URI front, String token, JsonObject options) {
            return poll(options, now -> request(front, "/api/poll?wait=5&" + query(now), token));
        }
    },
    POLL_POSTED {
        @Override
        Listener open(URI front, String token, JsonObject options) {
            return poll(
                    options, now -> posted(front, "/api/poll", token, now.copy().put("wait", 5)));
        }
    };

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    /**
     * Subscribes.
     *
     * @param front any address of the server
     * @param options as in the WebSocket's {@code subscribe}
     */
    abstract Listener open(URI front, String token, JsonObject options);

    /** What came, control messages too. */
    record Listener(List<JsonObject> messages, Runnable end) implements AutoCloseable {
        @Nullable
        JsonObject first(String type) {
            return messages.stream()
                    .filter(message -> message.getString("type").equals(type))
                    .findFirst()
                    .orElse(null);
        }

        List<JsonObject> events() {
            return messages.stream()
                    .filter(message -> message.containsKey("priority"))
                    .toList();
        }

        List<String> ids() {
            return events().stream()
                    .map(event -> event.getJsonObject("data").getString("id"))
                    .toList();
        }

        @Override
        public void close() {
            end.run();
        }
    }

    /** Several subscriptions in one response. */
    static Listener serverSentEvents(URI front, String token, JsonArray subscriptions) {
        return read(posted(front, "/api/sse", token, new JsonObject().put("subscribe", subscriptions)));
    }

    private static Listener read(HttpRequest request) {
        List<JsonObject> messages = new CopyOnWriteArrayList<>();
        HttpResponse<Stream<String>> response =
                HTTP.sendAsync(request, HttpResponse.BodyHandlers.ofLines()).join();
        Thread reader = new Thread(() -> {
            try (Stream<String> lines = response.body()) {
                lines.filter(line -> line.startsWith("data: "))
                        .forEach(line -> messages.add(new JsonObject(line.substring("data: ".length()))));
            } catch (UncheckedIOException closed) {
                messages.add(new JsonObject().put("type", "closed"));
            }
        });
        reader.setDaemon(true);
        if (response.statusCode() == 200) {
            reader.start();
        } else {
            messages.add(error(response.body().collect(Collectors.joining())));
        }
        return new Listener(messages, () -> response.body().close());
    }

    private static Listener poll(JsonObject options, Function<JsonObject, HttpRequest> request) {
        List<JsonObject> messages = new CopyOnWriteArrayList<>();
        Thread poller = new Thread(() -> {
            JsonObject now = options.copy();
            while (!Thread.interrupted()) {
                HttpResponse<String> response = HTTP.sendAsync(request.apply(now), HttpResponse.BodyHandlers.ofString())
                        .join();
                if (response.statusCode() != 200) {
                    messages.add(error(response.body()));
                    return;
                }
                JsonObject body = new JsonObject(response.body());
                if (!now.containsKey("next")) {
                    messages.add(new JsonObject()
                            .put("type", "subscribed")
                            .put("position", body.getString("next"))
                            .put("recovered", body.getBoolean("recovered")));
                }
                JsonArray events = body.getJsonArray("events");
                events.forEach(event -> messages.add((JsonObject) event));
                now.put("after", body.getString("next")).put("next", true);
            }
        });
        poller.setDaemon(true);
        poller.start();
        return new Listener(messages, poller::interrupt);
    }

    private static Stream<JsonObject> each(String frame) {
        return frame.lines().map(JsonObject::new);
    }

    private static JsonObject error(String problem) {
        return new JsonObject().put("type", "error").put("code", new JsonObject(problem).getString("code"));
    }

    private static URI ws(URI front, String path) {
        return URI.create("ws://" + front.getAuthority() + path);
    }

    private static HttpRequest request(URI front, String path, String token) {
        return HttpRequest.newBuilder(URI.create("http://" + front.getAuthority() + path))
                .header("Authorization", "Bearer " + token)
                .build();
    }

    private static HttpRequest posted(URI front, String path, String token, JsonObject body) {
        return HttpRequest.newBuilder(request(front, path, token), (name, value) -> true)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.encode()))
                .build();
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

    /** Puts a socket's frames together. */
    private static final class Collector implements WebSocket.Listener {
        private final Function<String, Stream<JsonObject>> read;
        private final List<JsonObject> messages = new CopyOnWriteArrayList<>();
        private final StringBuilder partial = new StringBuilder();

        Collector(Function<String, Stream<JsonObject>> read) {
            this.read = read;
        }

        Listener of(WebSocket socket) {
            return new Listener(messages, socket::abort);
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            partial.append(data);
            if (last) {
                read.apply(partial.toString()).forEach(messages::add);
                partial.setLength(0);
            }
            socket.request(1);
            return null;
        }
    }
}

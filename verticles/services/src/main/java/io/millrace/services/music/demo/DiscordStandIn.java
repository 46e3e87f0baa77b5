package io.millrace.services.music.demo;

import static io.millrace.services.music.demo.JsonServer.answer;
import static io.millrace.services.music.demo.JsonServer.joined;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Speaks the part of Discord's HTTP interface, version 10, that a music bot needs: interaction callbacks, their messages, and
 * messages of channels, with its status codes and error codes.
 */
public final class DiscordStandIn implements AutoCloseable {
    public static final String TOKEN = "the-bot";

    private static final Pattern CALLBACK = Pattern.compile("/interactions/(\\w+)/(\\w+)/callback");
    private static final Pattern ORIGINAL = Pattern.compile("/webhooks/(\\w+)/(\\w+)/messages/@original");
    private static final Pattern FOLLOW_UP = Pattern.compile("/webhooks/(\\w+)/(\\w+)");
    private static final Pattern MESSAGES = Pattern.compile("/channels/(\\w+)/messages");
    private static final Pattern MESSAGE = Pattern.compile("/channels/(\\w+)/messages/(\\w+)");

    private final Vertx vertx = Vertx.vertx();
    private final HttpServer server;
    /** The answers to interactions, by their tokens, as they stand. */
    public final Map<String, JsonObject> originals = new ConcurrentHashMap<>();
    /** When each interaction was acknowledged, milliseconds since 1970. */
    public final Map<String, Long> acknowledgedAt = new ConcurrentHashMap<>();
    /** What only one user sees, {@code token content}. */
    public final List<String> followUps = new CopyOnWriteArrayList<>();
    /** The tokens of interactions that are over. */
    public final Set<String> expired = ConcurrentHashMap.newKeySet();
    /** The messages of channels as they stand, by {@code channel/id}. */
    public final Map<String, JsonObject> messages = new ConcurrentHashMap<>();
    /** Every call that changed something, in order. */
    public final List<String> calls = new CopyOnWriteArrayList<>();

    private final Map<String, String> nonces = new ConcurrentHashMap<>();
    private long snowflake = 900_000_000_000_000_000L;
    private final AtomicInteger limited = new AtomicInteger();
    private volatile Consumer<String> changes = line -> {};

    /** Starts on a free port. Blocks until it listens. */
    public DiscordStandIn() {
        server = joined(vertx.createHttpServer().requestHandler(this::request).listen(0, "127.0.0.1"));
    }

    public String uri() {
        return "http://127.0.0.1:" + server.actualPort();
    }

    /** Gets a line for each change that people see, on the stand-in's event loop. */
    public void onChange(Consumer<String> listener) {
        changes = listener;
    }

    /** Answers the next calls with 429. */
    public void limit(int times) {
        limited.set(times);
    }

    /** As a moderator deletes a message. */
    public void delete(String message) {
        messages.remove(message);
    }

    private void request(HttpServerRequest request) {
        var unused = request.body().onSuccess(body -> {
            if (limited.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                answer(
                        request,
                        429,
                        new JsonObject()
                                .put("message", "You are being rate limited.")
                                .put("retry_after", 0.05)
                                .put("global", false));
                return;
            }
            JsonObject content = body.length() == 0 ? new JsonObject() : body.toJsonObject();
            calls.add(request.method() + " " + request.path());
            if (!route(request, content)) {
                answer(request, 404, error(0, "404: Not Found"));
            }
        });
    }

    private boolean route(HttpServerRequest request, JsonObject content) {
        HttpMethod method = request.method();
        Matcher path = CALLBACK.matcher(request.path());
        if (path.matches() && method.equals(HttpMethod.POST)) {
            callback(request, path.group(2), content);
            return true;
        }
        path = ORIGINAL.matcher(request.path());
        if (path.matches()) {
            original(request, path.group(2), content);
            return true;
        }
        path = FOLLOW_UP.matcher(request.path());
        if (path.matches() && method.equals(HttpMethod.POST)) {
            followUps.add(path.group(2) + " " + content.getString("content"));
            answer(request, 200, message("", content));
            return true;
        }
        if (!("Bot " + TOKEN).equals(request.getHeader("Authorization"))) {
            answer(request, 401, error(0, "401: Unauthorized"));
            return true;
        }
        path = MESSAGES.matcher(request.path());
        if (path.matches() && method.equals(HttpMethod.POST)) {
            create(request, path.group(1), content);
            return true;
        }
        path = MESSAGE.matcher(request.path());
        if (path.matches() && method.equals(HttpMethod.PATCH)) {
            edit(request, path.group(1) + "/" + path.group(2), content);
            return true;
        }
        return false;
    }

    private void callback(HttpServerRequest request, String token, JsonObject content) {
        if (acknowledgedAt.putIfAbsent(token, System.currentTimeMillis()) != null) {
            answer(request, 400, error(40_060, "Interaction has already been acknowledged."));
            return;
        }
        JsonObject shown = content.getJsonObject("data", new JsonObject());
        originals.put(token, shown.copy().put("callback", content.getInteger("type")));
        changes.accept("  only the user sees: " + MusicDemo.line(shown));
        answer(request, 204, null);
    }

    private void original(HttpServerRequest request, String token, JsonObject content) {
        JsonObject there = originals.get(token);
        if (expired.contains(token)) {
            answer(request, 401, error(50_027, "Invalid Webhook Token"));
        } else if (there == null) {
            answer(request, 404, error(10_008, "Unknown Message"));
        } else if (request.method().equals(HttpMethod.DELETE)) {
            originals.remove(token);
            answer(request, 204, null);
        } else {
            changes.accept("  only the user sees: " + MusicDemo.line(there.mergeIn(content)));
            answer(request, 200, there);
        }
    }

    private void create(HttpServerRequest request, String channel, JsonObject content) {
        String nonce = content.getString("nonce");
        String known = content.getBoolean("enforce_nonce", false) ? nonces.get(nonce) : null;
        if (known == null) {
            String id = String.valueOf(++snowflake);
            messages.put(channel + "/" + id, message(id, content).put("channel_id", channel));
            known = channel + "/" + id;
            if (nonce != null) {
                nonces.put(nonce, known);
            }
            changes.accept("  new message: " + MusicDemo.line(content));
        }
        answer(request, 200, messages.get(known));
    }

    private void edit(HttpServerRequest request, String id, JsonObject content) {
        JsonObject message = messages.get(id);
        if (message == null) {
            answer(request, 404, error(10_008, "Unknown Message"));
        } else {
            changes.accept("  the message: " + MusicDemo.line(message.mergeIn(content)));
            answer(request, 200, message);
        }
    }

    private static JsonObject message(String id, JsonObject content) {
        return new JsonObject()
                .put("id", id)
                .put("type", 0)
                .put("content", "")
                .put("tts", false)
                .put("flags", 0)
                .mergeIn(content);
    }

    private static JsonObject error(int code, String message) {
        return new JsonObject().put("message", message).put("code", code);
    }

    @Override
    public void close() {
        joined(vertx.close());
    }
}

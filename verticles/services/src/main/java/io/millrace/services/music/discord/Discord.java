package io.millrace.services.music.discord;

import io.millrace.services.bus.RejectedException;
import io.millrace.services.music.http.JsonHttp;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;

/** The calls of Discord's HTTP interface, version 10, that a music bot makes. Safe from any thread. */
final class Discord {
    /** Only the user of the command sees the message. */
    static final int EPHEMERAL = 64;

    private static final int MESSAGE = 4;
    private static final int DEFERRED_UPDATE = 6;
    private static final long TIMEOUT_MS = 5_000;
    private static final int NOT_FOUND = 404;
    private static final int ALREADY_ACKNOWLEDGED = 40_060;
    /** Of an interaction that is over: its token counts for fifteen minutes. */
    private static final int INVALID_TOKEN = 50_027;
    /** A track's title names nobody. */
    private static final JsonObject NOBODY = new JsonObject().put("parse", new JsonArray());

    private static final int NONCE = 25;

    private final JsonHttp http;

    /** @param base {@code https://discord.com/api/v10} */
    Discord(Vertx vertx, String base, String token) {
        this.http = new JsonHttp(vertx, base, Map.of("Authorization", "Bot " + token), TIMEOUT_MS);
    }

    /** Answers a command with a message that only its user sees. It may be answered already, by an earlier try. */
    Future<Void> acknowledge(JsonObject interaction, String content) {
        JsonObject message = quiet(new JsonObject().put("content", content)).put("flags", EPHEMERAL);
        return callback(interaction, new JsonObject().put("type", MESSAGE).put("data", message));
    }

    /** Answers a button: its message will be edited. */
    Future<Void> defer(JsonObject interaction) {
        return callback(interaction, new JsonObject().put("type", DEFERRED_UPDATE));
    }

    private Future<Void> callback(JsonObject interaction, JsonObject answer) {
        String path = "/interactions/" + interaction.getString("interactionId") + "/"
                + interaction.getString("interactionToken") + "/callback";
        return http.call(HttpMethod.POST, path, answer).compose(answered -> {
            boolean before = answered.body().getInteger("code", 0) == ALREADY_ACKNOWLEDGED;
            return answered.ok() || before ? Future.succeededFuture() : refused("an interaction", answered);
        });
    }

    /** Replaces the answer to a command, or the message of a button. */
    Future<Void> editOriginal(JsonObject interaction, JsonObject message) {
        return http.call(HttpMethod.PATCH, webhook(interaction) + "/messages/@original", quiet(message))
                .compose(Discord::doneOrGone);
    }

    Future<Void> deleteOriginal(JsonObject interaction) {
        return http.call(HttpMethod.DELETE, webhook(interaction) + "/messages/@original", null)
                .compose(Discord::doneOrGone);
    }

    /** Another message that only the user of the command sees. */
    Future<Void> followUp(JsonObject interaction, String content) {
        JsonObject message = quiet(new JsonObject().put("content", content)).put("flags", EPHEMERAL);
        return http.call(HttpMethod.POST, webhook(interaction), message).compose(Discord::doneOrGone);
    }

    /** The same message, which pings nobody. */
    private static JsonObject quiet(JsonObject message) {
        return message.copy().put("allowed_mentions", NOBODY);
    }

    private static String webhook(JsonObject interaction) {
        return "/webhooks/" + interaction.getString("applicationId") + "/" + interaction.getString("interactionToken");
    }

    /**
     * Writes a message; completes with its id.
     *
     * @param nonce the same for the same message: for some minutes Discord makes no second one of it
     */
    Future<String> createMessage(String channel, JsonObject message, String nonce) {
        JsonObject once = quiet(message)
                .put("nonce", nonce.replace("-", "").substring(0, NONCE))
                .put("enforce_nonce", true);
        return http.call(HttpMethod.POST, "/channels/" + channel + "/messages", once)
                .compose(answer -> answer.ok()
                        ? Future.succeededFuture(answer.body().getString("id"))
                        : refused("a message", answer));
    }

    /** Completes with false if the message isn't there any more. */
    Future<Boolean> editMessage(String channel, String id, JsonObject message) {
        return http.call(HttpMethod.PATCH, "/channels/" + channel + "/messages/" + id, quiet(message))
                .compose(answer -> answer.ok()
                        ? Future.succeededFuture(true)
                        : answer.status() == NOT_FOUND ? Future.succeededFuture(false) : refused("an edit", answer));
    }

    /** The message may be gone, or the interaction over: then there is nothing to do. */
    private static Future<Void> doneOrGone(JsonHttp.Answer answer) {
        return answer.ok() || answer.status() == NOT_FOUND || answer.body().getInteger("code", 0) == INVALID_TOKEN
                ? Future.succeededFuture()
                : refused("an interaction's message", answer);
    }

    private static <T> Future<T> refused(String what, JsonHttp.Answer answer) {
        return Future.failedFuture(new RejectedException("Discord answers " + answer.status() + " to " + what + ": "
                + answer.body().getInteger("code") + " " + answer.body().getString("message")));
    }

    Future<Void> close() {
        return http.close();
    }
}

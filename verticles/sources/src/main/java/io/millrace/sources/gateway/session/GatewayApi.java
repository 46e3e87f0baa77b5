package io.millrace.sources.gateway.session;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.ClientJson;
import io.millrace.postgres.lease.TaskStoppedException;
import io.millrace.sources.gateway.GatewaySource;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.RequestOptions;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Asks a gateway's HTTP interface how a bot may connect. Belongs to one event loop. */
final class GatewayApi {
    private static final long ANSWER_MS = 10_000;
    private static final int MAX_ANSWER = 64 << 10;

    private final HttpClient client;
    private final GatewaySource source;

    /**
     * How a bot may connect.
     *
     * @param url of the gateway
     * @param remaining how often it may identify before the limit is reset
     * @param resetAfterMs when that is, from now
     * @param concurrency how many shards may identify at a time
     */
    record Bot(@Nullable String url, long remaining, long resetAfterMs, int concurrency) {}

    GatewayApi(Vertx vertx, GatewaySource source) {
        this.source = source;
        this.client = vertx.createHttpClient(new HttpClientOptions().setConnectTimeout((int) ANSWER_MS));
    }

    /**
     * Asks.
     *
     * @return fails with {@link TaskStoppedException} if the token is refused, with another failure for now
     */
    Future<Bot> bot() {
        RequestOptions options = new RequestOptions()
                .setAbsoluteURI(source.address().api() + "/gateway/bot")
                .putHeader("Authorization", "Bot " + source.token())
                .putHeader("User-Agent", "DiscordBot (millrace, 0.1)")
                .putHeader("Accept", "application/json")
                .setTimeout(ANSWER_MS)
                .setIdleTimeout(ANSWER_MS);
        return client.request(options)
                .compose(request -> request.send().compose(response -> body(response)
                        .map(body -> read(response.statusCode(), response.getHeader("Retry-After"), body))
                        .onFailure(error -> request.reset())))
                .timeout(ANSWER_MS, TimeUnit.MILLISECONDS)
                .recover(error -> Future.failedFuture(
                        error instanceof TaskStoppedException
                                ? error
                                : unavailable(String.valueOf(error.getMessage()))));
    }

    private static Future<Buffer> body(HttpClientResponse response) {
        Promise<Buffer> whole = Promise.promise();
        Buffer all = Buffer.buffer();
        response.handler(part -> {
            if (all.length() + part.length() > MAX_ANSWER) {
                boolean unused = whole.tryFail("its answer has more than " + MAX_ANSWER + " bytes");
            } else {
                all.appendBuffer(part);
            }
        });
        response.exceptionHandler(whole::tryFail);
        response.endHandler(end -> whole.tryComplete(all));
        return whole.future();
    }

    private static Bot read(int status, @Nullable String retryAfter, Buffer body) {
        if (status == 401) {
            throw new TaskStoppedException("Discord's interface refuses the token: make a new one, and put it into the"
                    + " variable; then restart the node. It answers 401 to /gateway/bot");
        }
        if (status != 200) {
            throw new MillraceException(
                    Failure.UNAVAILABLE,
                    "it answers " + status
                            + (retryAfter == null ? "" : ", and wants to be asked in " + retryAfter + " s"));
        }
        JsonNode answer = ClientJson.object("the answer", body.getBytes());
        JsonNode limit = answer.path("session_start_limit");
        return new Bot(
                answer.path("url").textValue(),
                limit.path("remaining").asLong(1),
                limit.path("reset_after").asLong(0),
                Math.max(1, limit.path("max_concurrency").asInt(1)));
    }

    private MillraceException unavailable(String why) {
        return new MillraceException(
                Failure.UNAVAILABLE, source.address().api() + "/gateway/bot can't be asked: " + why);
    }
}

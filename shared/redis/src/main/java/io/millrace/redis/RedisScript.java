package io.millrace.redis;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A script that Redis runs. One server is told it once, and then its digest alone, until a call fails: a server that was
 * restarted, or has taken over, doesn't know it. The nodes of a cluster are told it with each call, since a call goes to the
 * node of its keys, and what another was told is of no use there. Owned by the event loop that made it.
 */
public final class RedisScript {
    private final Redis redis;
    private final boolean cluster;
    private final String text;
    private @Nullable String digest;

    /** @param cluster whether the calls' keys may be on different servers */
    public RedisScript(Redis redis, boolean cluster, String text) {
        this.redis = redis;
        this.cluster = cluster;
        this.text = text;
    }

    /**
     * Runs it once for each call, all at once.
     *
     * @param calls each adds the number of its keys, its keys and its arguments; the keys of one are on one server
     * @return the answers in the calls' order; fails if one call fails
     */
    public Future<List<Response>> run(List<Consumer<Request>> calls) {
        if (cluster) {
            return redis.connect().compose(connection -> all(connection, calls).eventually(connection::close));
        }
        return loaded().compose(sha -> redis.batch(calls.stream()
                        .map(call -> request(Command.EVALSHA, sha, call))
                        .toList()))
                .onFailure(error -> digest = null);
    }

    private Future<List<Response>> all(RedisConnection connection, List<Consumer<Request>> calls) {
        List<Future<Response>> answers = new ArrayList<>(calls.size());
        calls.forEach(call -> answers.add(connection.send(request(Command.EVAL, text, call))));
        return Future.all(answers).map(all -> all.list());
    }

    private static Request request(Command command, String script, Consumer<Request> call) {
        Request request = Request.cmd(command).arg(script);
        call.accept(request);
        return request;
    }

    private Future<String> loaded() {
        return digest != null
                ? Future.succeededFuture(digest)
                : redis.send(Request.cmd(Command.SCRIPT).arg("LOAD").arg(text))
                        .map(Response::toString)
                        .onSuccess(sha -> digest = sha);
    }
}

package io.millrace.sources.redis.consume;

import io.millrace.platform.resilience.StallAwareTimeout;
import io.millrace.postgres.lease.Lease;
import io.millrace.sources.redis.RedisSource;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Subscribes on a connection that does nothing else: the client takes a message that comes while a command waits for the
 * command's answer. So the question whether Redis is still there is a subscription that it has already, which it answers
 * again. Belongs to one event loop.
 */
final class PubSubReader {
    private static final long ANSWER_SECONDS = 5;

    private final Vertx vertx;
    private final Lease lease;
    private final PubSubBuffer buffer;
    private final RedisConnection connection;
    private final Clock clock;
    private final Consumer<Throwable> failed;
    private final List<Request> requests = new ArrayList<>();
    private final Promise<Void> subscribed = Promise.promise();
    private int missing;
    private boolean asked;
    private long heardMs;

    /** @param failed called when nothing more comes on the connection */
    PubSubReader(
            Vertx vertx,
            RedisSource source,
            Lease lease,
            PubSubBuffer buffer,
            RedisConnection connection,
            Clock clock,
            Consumer<Throwable> failed) {
        this.vertx = vertx;
        this.lease = lease;
        this.buffer = buffer;
        this.connection = connection;
        this.clock = clock;
        this.failed = failed;
        // One command for each, since the shards of a cluster are asked one by one.
        source.channels()
                .forEach(channel -> requests.add(Request.cmd(Command.SUBSCRIBE).arg(channel)));
        source.patterns()
                .forEach(pattern -> requests.add(Request.cmd(Command.PSUBSCRIBE).arg(pattern)));
        source.sharded()
                .forEach(channel -> requests.add(Request.cmd(Command.SSUBSCRIBE).arg(channel)));
    }

    /** Completes when Redis has confirmed every subscription. */
    Future<Void> subscribe() {
        missing = requests.size();
        connection.handler(this::pushed);
        connection.endHandler(ended -> failed.accept(new IllegalStateException("it closed the connection")));
        connection.exceptionHandler(failed::accept);
        requests.forEach(this::send);
        return StallAwareTimeout.within(vertx, TimeUnit.SECONDS.toMillis(ANSWER_SECONDS), subscribed.future());
    }

    /** When Redis said something last, milliseconds since 1970. */
    long heardMs() {
        return heardMs;
    }

    /** Asks whether Redis is there; returns whether the answer to the last question has come, and fails if not. */
    boolean ask() {
        if (asked) {
            failed.accept(new IllegalStateException("timeout"));
            return false;
        }
        asked = true;
        send(requests.get(0));
        return true;
    }

    private void send(Request request) {
        // That it was written is no answer: this comes as a message.
        connection.send(request).onFailure(failed::accept);
    }

    private void pushed(Response message) {
        heardMs = clock.millis();
        if (message.type() == ResponseType.ERROR) {
            failed.accept(new IllegalStateException(message.toString()));
            return;
        }
        switch (message.get(0).toString()) {
            case "message", "smessage" -> received(null, message.get(1), message.get(2));
            case "pmessage" -> received(message.get(1), message.get(2), message.get(3));
            case "subscribe", "psubscribe", "ssubscribe" -> confirmed();
            default ->
                // The slot of a sharded channel has moved to another node.
                failed.accept(new IllegalStateException("MOVED " + message));
        }
    }

    private void received(@Nullable Response pattern, Response channel, Response payload) {
        buffer.add(
                lease,
                RedisMessages.published(
                        pattern == null ? null : text(pattern), text(channel), payload.toBytes(), clock.millis()));
    }

    private static String text(Response name) {
        return name.toString(StandardCharsets.UTF_8);
    }

    private void confirmed() {
        asked = false;
        missing--;
        if (missing == 0) {
            subscribed.complete();
        }
    }
}

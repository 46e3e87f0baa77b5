package io.millrace.sinks.redis;

import io.millrace.mapping.MappingException;
import io.millrace.platform.settings.RedisAddress;
import io.millrace.platform.tracing.EventSpans;
import io.millrace.platform.tracing.Hop;
import io.millrace.platform.tracing.Tracing;
import io.millrace.redis.RedisSettings;
import io.millrace.sinks.message.SinkContext;
import io.millrace.sinks.message.SinkMessage;
import io.millrace.sinks.message.SinkMetrics;
import io.millrace.sinks.message.SinkTarget;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One connection, on which the messages of a page are published at once and answered in order. Belongs to one event loop. */
public final class RedisTarget implements SinkTarget {
    private static final long UNANSWERED_MS = 10_000;

    private final RedisSink sink;
    private final SinkMetrics metrics;
    private final Tracing tracing;
    private final Redis client;
    private final String place;
    private final RedisSinkErrors errors;
    private final Promise<Void> broken = Promise.promise();
    private @Nullable RedisConnection connection;

    /** @param redis the node's own, for a sink that names no other */
    public RedisTarget(RedisSink sink, SinkContext context, RedisSettings redis) {
        this.sink = sink;
        this.metrics = context.metrics();
        this.tracing = context.node().tracing();
        this.place = "Redis at " + redis.place(sink.address());
        this.errors = new RedisSinkErrors(place);
        this.client = Redis.createClient(
                context.node().vertx(),
                redis.publisher(sink.address())
                        .setMaxPoolSize(1)
                        .setMaxPoolWaiting(1)
                        .setPoolRecycleTimeout(-1)
                        .setPoolCleanerInterval(-1)
                        .setMaxWaitingHandlers(
                                context.follow().page() * context.follow().streams() + 16));
    }

    @Override
    public Future<Void> connect() {
        return client.connect()
                .timeout(RedisAddress.connectMs(), TimeUnit.MILLISECONDS)
                .<Void>map(connected -> {
                    connection = connected;
                    connected.endHandler(
                            closed -> breaks(new IllegalStateException(place + " has closed the connection")));
                    connected.exceptionHandler(error -> breaks(errors.told(error)));
                    return null;
                })
                .recover(error -> Future.failedFuture(errors.told(error)));
    }

    @Override
    public Future<Void> send(List<SinkMessage> messages) {
        List<Request> requests = new ArrayList<>(messages.size());
        int unmapped = 0;
        for (SinkMessage message : messages) {
            try {
                requests.add(Request.cmd(Command.PUBLISH)
                        .arg(sink.channel().text(message.document()))
                        .arg(Buffer.buffer(sink.body().of(message))));
            } catch (MappingException unfit) {
                unmapped++;
                metrics.wrong(message.event().stream() + " " + message.position() + ": " + unfit.getMessage());
            }
        }
        metrics.count(SinkMetrics.Outcome.UNMAPPED, unmapped);
        if (requests.isEmpty()) {
            return Future.succeededFuture();
        }
        EventSpans spans = tracing.begin(
                Hop.DELIVER, messages.stream().map(SinkMessage::event).toList());
        return Objects.requireNonNull(connection)
                .batch(requests)
                .timeout(UNANSWERED_MS, TimeUnit.MILLISECONDS)
                .<Void>map(answers -> {
                    metrics.count(SinkMetrics.Outcome.SENT, requests.size());
                    return null;
                })
                .recover(error -> {
                    IllegalStateException told = errors.told(error);
                    metrics.failed("unavailable", String.valueOf(told.getMessage()));
                    return Future.failedFuture(told);
                })
                .onComplete(spans::endAll);
    }

    private void breaks(IllegalStateException why) {
        if (!broken.future().isComplete()) {
            broken.fail(why);
        }
    }

    @Override
    public Future<Void> broken() {
        return broken.future();
    }

    @Override
    public Future<Void> close() {
        return client.close();
    }
}

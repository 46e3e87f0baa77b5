package io.millrace.sinks.redis;

import static io.millrace.postgres.lease.LeaseDatabase.await;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A foreign program that hears all channels of a Redis. */
final class Channels implements AutoCloseable {
    private final Vertx vertx = Vertx.vertx();
    private final List<Heard> heard = new CopyOnWriteArrayList<>();

    /** A message, and when it came. */
    record Heard(String channel, String text, long nanos) {
        JsonObject json() {
            return new JsonObject(text);
        }

        int number() {
            return json().getJsonObject("data").getJsonObject("data").getInteger("n");
        }
    }

    Channels(String uri) throws Exception {
        RedisConnection connection = await(Redis.createClient(vertx, uri).connect());
        CompletableFuture<Boolean> subscribed = new CompletableFuture<>();
        connection.handler(push -> {
            if (push != null && push.type() == ResponseType.PUSH) {
                if (push.get(0).toString().equals("psubscribe")) {
                    subscribed.complete(true);
                } else {
                    heard.add(new Heard(push.get(2).toString(), text(push.get(3)), System.nanoTime()));
                }
            }
        });
        await(connection.send(Request.cmd(Command.PSUBSCRIBE).arg("*")));
        subscribed.get(10, TimeUnit.SECONDS);
    }

    private static String text(@Nullable Response response) {
        return response == null ? "" : response.toString(StandardCharsets.UTF_8);
    }

    List<Heard> all() {
        return heard;
    }

    List<Integer> numbers(String channel) {
        List<Integer> numbers = new ArrayList<>();
        for (Heard each : heard) {
            if (each.channel().equals(channel)) {
                numbers.add(each.number());
            }
        }
        return numbers;
    }

    @Override
    public void close() throws Exception {
        await(vertx.close());
    }
}

package io.millrace.cache;

import io.millrace.backends.server.EmbeddedRedis;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A real Redis for a test class, that can fall silent or die, and what lies in it. */
@SuppressWarnings("NullAway.Init")
public final class RealRedis implements BeforeAllCallback, AfterAllCallback {
    private final Vertx vertx = Vertx.vertx();
    private Path directory;
    private EmbeddedRedis server;

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        directory = Files.createTempDirectory("millrace-redis");
        server = EmbeddedRedis.start(directory.resolve("redis"), 0);
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        done(vertx.close());
        server.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    public String uri() {
        return server.uri();
    }

    void kill() {
        server.kill();
    }

    /** Empty, at the same address. */
    void restart() throws IOException {
        server.restart();
    }

    /** It keeps its connections and all that it has, and answers nothing. */
    void fallSilent() throws Exception {
        signal("-STOP");
    }

    void speakAgain() throws Exception {
        signal("-CONT");
    }

    private void signal(String which) throws Exception {
        Process kill = new ProcessBuilder("kill", which, "" + server.pid()).start();
        if (kill.waitFor() != 0) {
            throw new IllegalStateException("kill " + which + " failed");
        }
    }

    /** One command, on a connection of its own. */
    @Nullable
    public Response ask(Command command, Object... arguments) throws Exception {
        Request request = Request.cmd(command);
        for (Object argument : arguments) {
            request.arg(argument.toString());
        }
        Redis client = Redis.createClient(vertx, uri());
        try {
            return done(client.send(request));
        } finally {
            done(client.close());
        }
    }

    public long number(Command command, Object... arguments) throws Exception {
        return Objects.requireNonNull(
                Objects.requireNonNull(ask(command, arguments)).toLong());
    }

    /** A field of what is kept of an entity; null if it isn't there. */
    @Nullable
    public String field(String key, String name) throws Exception {
        Response value = ask(Command.HGET, key, name);
        return value == null ? null : value.toString();
    }

    public static <T> T done(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }
}

package io.millrace.backends.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Redis 7.0.15 as a cache: nothing on disk, 256 MB, the least recently used go first. A restart empties it. */
public final class EmbeddedRedis extends EmbeddedServer {
    private static final String NAME = "Redis " + ServerArchives.REDIS_VERSION;
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final int ANSWER_MS = 1000;

    private final List<String> options;

    private EmbeddedRedis(Path directory, int port, List<String> options) {
        super(directory, port);
        this.options = options;
    }

    /**
     * Starts it and blocks until it answers, some 20 ms.
     *
     * @param directory its own, created if need be and kept
     * @param port 1 to 65535, or 0 for any free one
     * @throws IOException in one line that a person can act on
     */
    public static EmbeddedRedis start(Path directory, int port) throws IOException {
        return start(directory, port, List.of());
    }

    /** @param options of {@code redis-server}, such as {@code --replicaof}, beside the usual ones */
    public static EmbeddedRedis start(Path directory, int port, List<String> options) throws IOException {
        var redis = new EmbeddedRedis(directory, FreePorts.choose(NAME, port), options);
        redis.restart();
        return redis;
    }

    /** {@code redis://127.0.0.1:port}. */
    @Override
    public String uri() {
        return "redis://127.0.0.1:" + port();
    }

    @Override
    Process launch() throws IOException {
        Path log = directory().resolve("redis.log");
        String program = ServerArchives.redis(directory()).toString();
        ServerProcesses.killRunningFrom(NAME, directory());
        List<String> command = ServerProcesses.command(List.of(program), "--port", "" + port(), "--bind", "127.0.0.1");
        command.addAll(
                List.of("--save", "", "--appendonly", "no", "--dir", directory().toString()));
        command.addAll(List.of("--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lru"));
        command.addAll(options);
        Process process = ServerProcesses.server(command, directory(), log);
        ServerProcesses.awaitReady(NAME, process, log, LIMIT, this::answers);
        return process;
    }

    private boolean answers() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port()), ANSWER_MS);
            socket.setSoTimeout(ANSWER_MS);
            socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
            return socket.getInputStream().read() == '+';
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    void end(Process running) throws IOException {
        running.destroy();
        ServerProcesses.endsWithin(running, LIMIT);
    }
}

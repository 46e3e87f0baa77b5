package io.millrace.systemtests.page;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.fail;

import io.millrace.systemtests.environment.Repository;
import io.millrace.testkit.process.NpmPackages;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * JavaScript in Node: the client following a stream ({@code src/test/js/follower.js}), an OpenID
 * provider ({@code src/test/js/openid-provider}), or a page of Vite's.
 */
final class NodeProgram implements AutoCloseable {
    private static final Path ROOT = Repository.CONF.toAbsolutePath().resolveSibling("");
    private static final Path FOLLOWER = Path.of("src/test/js/follower.js").toAbsolutePath();
    private static final Path PROVIDER = Path.of("src/test/js/openid-provider").toAbsolutePath();
    private static final int TESTS_MINUTES = 5;
    /** With which a script ends if npm, or its registry, isn't there. */
    private static final int NOT_INSTALLED = 3;

    private final Process process;
    private final PrintWriter commands;
    private final List<JsonObject> told = new CopyOnWriteArrayList<>();

    /** Follows a stream as somebody; {@code options} as {@code follower.js} takes them. */
    static NodeProgram follow(URI socket, String token, JsonObject options) {
        return follow(command(FOLLOWER.toString(), socket.toString(), token, options.encode()));
    }

    /** The same in Node as it is: 20 has no WebSocket. */
    static NodeProgram followWithoutWebSocket(URI socket, String token, JsonObject options) {
        return follow(new ProcessBuilder(
                "node",
                "--no-experimental-websocket",
                FOLLOWER.toString(),
                socket.toString(),
                token,
                options.encode()));
    }

    /**
     * An OpenID provider, which listens when this returns. Its packages are installed once, at the versions of its lock
     * file; without npm, or its registry, the test is skipped.
     *
     * @param pages the origin of the pages that may use it
     * @param seconds how long an access token lasts
     */
    static NodeProgram provider(URI issuer, URI pages, int seconds) throws IOException, InterruptedException {
        Path installed = Repository.OUTPUTS.resolve("openid-provider");
        try {
            NpmPackages.install(PROVIDER, installed);
        } catch (IOException notThere) {
            Assumptions.abort("nobody signs in at an OpenID provider: " + notThere.getMessage());
        }
        ProcessBuilder program = new ProcessBuilder(
                "node",
                installed.resolve("provider.js").toString(),
                issuer.toString(),
                pages.toString(),
                Integer.toString(seconds));
        NodeProgram provider = follow(program);
        await().until(() -> provider.told("listening").findAny().isPresent() || !provider.process.isAlive());
        return provider;
    }

    private static NodeProgram follow(ProcessBuilder program) {
        return new NodeProgram(start(
                program.redirectError(Repository.OUTPUTS.resolve("node.log").toFile())));
    }

    private NodeProgram(Process process) {
        this.process = process;
        this.commands = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
        Thread reader = new Thread(this::read, "node-output");
        reader.setDaemon(true);
        reader.start();
    }

    /** Runs a script of a module to its end; fails with what it says, or skips the test if it says that npm isn't there. */
    static void run(String module, String... arguments) throws IOException, InterruptedException {
        File said = Repository.OUTPUTS
                .resolve("node-" + module.replace('/', '-') + ".log")
                .toFile();
        Process process = start(command(arguments)
                .directory(ROOT.resolve(module).toFile())
                .redirectErrorStream(true)
                .redirectOutput(said));
        boolean ended = process.waitFor(TESTS_MINUTES, TimeUnit.MINUTES);
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        if (ended && process.exitValue() == NOT_INSTALLED) {
            Assumptions.abort(Files.readString(said.toPath()));
        }
        if (!ended || process.exitValue() != 0) {
            fail(Files.readString(said.toPath()));
        }
    }

    /**
     * The page of a Vite project that is built, by Vite's own server, which listens when this returns.
     *
     * @param millrace where the page's API is
     */
    static NodeProgram page(Path project, int port, URI millrace) {
        ProcessBuilder program = command(
                        "node_modules/vite/bin/vite.js",
                        "preview",
                        "--host",
                        "127.0.0.1",
                        "--strictPort",
                        "--port",
                        Integer.toString(port))
                .directory(project.toFile());
        program.environment().put("MILLRACE", millrace.toString());
        NodeProgram page = follow(program);
        await().until(() -> page.process.isAlive() && answers(port));
        return page;
    }

    private static boolean answers(int port) {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    private static ProcessBuilder command(String... arguments) {
        List<String> command = new ArrayList<>(List.of("node", "--experimental-websocket", "--no-warnings"));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command);
    }

    private static Process start(ProcessBuilder program) {
        try {
            return program.start();
        } catch (IOException notThere) {
            return Assumptions.abort("without Node 20 or newer, and npm, this is not tested: " + notThere.getMessage());
        }
    }

    private void read() {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            lines.lines().filter(line -> line.startsWith("{")).forEach(line -> told.add(new JsonObject(line)));
        } catch (IOException | RuntimeException ended) {
            // What was told until then stands.
        }
    }

    /** Has it do something: {@code publish}, {@code presence}, {@code replace}. */
    void tell(String command, Object what) {
        commands.println(new JsonObject().put(command, what).encode());
    }

    /** Everything of one kind that it told so far. */
    <T> List<T> all(String kind, Class<T> type) {
        return told(kind).map(line -> type.cast(line.getValue(kind))).toList();
    }

    private Stream<JsonObject> told(String kind) {
        return told.stream().filter(line -> line.containsKey(kind));
    }

    List<String> events() {
        return all("event", String.class);
    }

    /** The last state that it told, and over what. */
    String state() {
        return told("state")
                .reduce((first, last) -> last)
                .map(NodeProgram::words)
                .orElse("");
    }

    private static String words(JsonObject line) {
        return line.getString("state") + (line.containsKey("transport") ? " over " + line.getString("transport") : "");
    }

    @Override
    public void close() {
        process.destroy();
    }
}

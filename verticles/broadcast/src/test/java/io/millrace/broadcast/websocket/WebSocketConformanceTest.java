package io.millrace.broadcast.websocket;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.broadcast.BroadcastFixture;
import io.millrace.broadcast.StreamStore;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Sockets of the front under Autobahn's test suite 0.5.6 for RFC 6455. Its client, in a process of its own, judges what
 * {@link EchoStage} sends back, and how connections end.
 */
@Tag("slow")
@Timeout(1_800)
@SuppressWarnings("NullAway.Init")
class WebSocketConformanceTest {
    private static final String COMPRESSED = "compressed";
    private static final Set<String> PASSED = Set.of("OK", "NON-STRICT", "INFORMATIONAL");

    /** decisions/014: messages of four mebibytes and more, of which one is allowed. */
    private static final Pattern TOO_LARGE = Pattern.compile("[a-z]+ 9\\.([12]\\.[456]|[34]\\..*)");

    private final BroadcastFixture front = new BroadcastFixture(node -> List.of(new EchoStage(node)));

    @TempDir
    Path folder;

    WebSocketConformanceTest() throws Exception {}

    @AfterEach
    void end() {
        front.close();
    }

    @Test
    void everyCaseOfTheRulesHoldsWithAndWithoutCompression() throws Exception {
        List<String> rules = List.of("1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*");
        JsonObject plain = agent(rules).put("offers", new JsonArray());
        plain.getJsonArray("cases").add("10.*");
        // Two announce a frame's length before they compress it, and 10.1.1 counts the frames before that.
        JsonObject compressed = agent(rules).put("exclude-cases", new JsonArray(List.of("6.4.3", "6.4.4")));
        check(16, 247 + 244, new JsonObject().put("plain", plain).put(COMPRESSED, compressed));
    }

    @Test
    @Tag("long")
    void everyCaseOfSizesHoldsOrIsExplained() throws Exception {
        List<String> sizes = List.of("9.*");
        check(
                2,
                54 + 54,
                new JsonObject()
                        .put("plain", agent(sizes).put("offers", new JsonArray()))
                        .put(COMPRESSED, agent(sizes)));
    }

    /** One that offers compression. */
    private static JsonObject agent(List<String> cases) {
        return new JsonObject()
                .put("cases", new JsonArray(new ArrayList<>(cases)))
                .put("offers", new JsonArray().add(new JsonObject()));
    }

    /** Runs cases, while another client follows its stream. */
    private void check(int lanes, int count, JsonObject agents) throws Exception {
        try (SocketClient other = front.connect("s-1", "staff")) {
            StreamLog followed = other.subscribe(StreamStore.STREAM);
            Map<String, String> verdicts = verdicts(lanes, agents);
            assertEquals(count, verdicts.size());
            verdicts.entrySet().removeIf(one -> one.getValue()
                    .equals(TOO_LARGE.matcher(one.getKey()).matches() ? "1009" : "passed"));
            assertEquals(Map.of(), verdicts);
            front.store.commit(1);
            await().until(() -> followed.ids().size() == 1);
            assertTrue(other.isOpen());
        }
    }

    /** What was found, by agent and case: {@code passed}, {@code 1009}, or all that the report says. */
    private Map<String, String> verdicts(int lanes, JsonObject agents) throws Exception {
        Path report = folder.resolve("report.json");
        run(new JsonObject()
                .put("url", "ws://" + front.uri.getAuthority() + "/echo")
                .put("lanes", lanes)
                .put("report", report.toString())
                .put("agents", agents));
        JsonObject found = new JsonObject(Files.readString(report));
        Map<String, String> verdicts = new TreeMap<>();
        for (String agent : found.fieldNames()) {
            found.getJsonObject(agent)
                    .forEach(one ->
                            verdicts.put(agent + " " + one.getKey(), verdict(agent, (JsonObject) one.getValue())));
        }
        return verdicts;
    }

    private static String verdict(String agent, JsonObject found) {
        if (found.getBoolean("compressed") != agent.equals(COMPRESSED)) {
            return found.encode();
        }
        if (PASSED.contains(found.getString("behavior")) && PASSED.contains(found.getString("behaviorClose"))) {
            return "passed";
        }
        return Objects.equals(found.getInteger("remoteCloseCode"), 1009) ? "1009" : found.encode();
    }

    private void run(JsonObject spec) throws Exception {
        Path program = folder.resolve("cases.py");
        try (InputStream source = Objects.requireNonNull(
                WebSocketConformanceTest.class.getClassLoader().getResourceAsStream("autobahn/cases.py"))) {
            Files.write(program, source.readAllBytes());
        }
        Path given = Files.writeString(folder.resolve("spec.json"), spec.encode());
        Path output = folder.resolve("output.txt");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        jar("org/python/util/jython.class"),
                        "-Dpython.path=" + jar("autobahntestsuite/__init__.py"),
                        "org.python.util.jython",
                        program.toString(),
                        given.toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            int status = process.waitFor();
            assertEquals(0, status, Files.readString(output));
        } finally {
            process.destroyForcibly();
        }
    }

    /** The archive of a file of the class path. */
    private static String jar(String file) throws Exception {
        URL url = Objects.requireNonNull(
                WebSocketConformanceTest.class.getClassLoader().getResource(file), file);
        URI jar = ((JarURLConnection) url.openConnection()).getJarFileURL().toURI();
        return Path.of(jar).toString();
    }
}

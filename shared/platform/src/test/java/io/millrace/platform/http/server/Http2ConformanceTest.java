package io.millrace.platform.http.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.platform.HttpFixture;
import io.millrace.platform.tls.Pki;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The front under h2spec 2.2.0, the conformance suite of RFC 7540 and 7541. */
@Tag("slow")
@SuppressWarnings("NullAway.Init")
class Http2ConformanceTest {
    private static final String PROGRAM = "h2spec/2.2.0/h2spec_linux_amd64.tar.gz";
    private static final Pattern FAILED = Pattern.compile("^\\s*× \\d+: (.*)$");
    private static final int CASES = 145;

    /** decisions/014: the stream ends, not the connection, or has ended before. */
    private static final Set<String> EXPLAINED = Set.of(
            "half closed (remote): Sends a HEADERS frame",
            "closed: Sends a HEADERS frame",
            "Sends stream identifier that is numerically smaller than previous");

    private static final Vertx VERTX = Vertx.vertx();

    @TempDir
    static Path folder;

    @BeforeAll
    static void unpack() throws Exception {
        Path archive = folder.resolve("h2spec.tar.gz");
        try (InputStream packed = Objects.requireNonNull(
                Http2ConformanceTest.class.getClassLoader().getResourceAsStream(PROGRAM), PROGRAM)) {
            Files.copy(packed, archive);
        }
        assertEquals("", run("tar", "xzf", archive.toString(), "-C", folder.toString()));
    }

    @AfterAll
    static void stop() throws Exception {
        HttpFixture.done(VERTX.close());
    }

    @Test
    void everyCaseHoldsOrIsExplained() throws Exception {
        int port = HttpFixture.front(VERTX, new SimpleMeterRegistry());
        check(port);
        assertEquals(
                "got null",
                HttpFixture.body(HttpFixture.http2(VERTX, port), HttpMethod.GET, "/thing", 200),
                "everyone else goes on");
    }

    @Test
    @Tag("long")
    void everyCaseHoldsOrIsExplainedWithACertificate() throws Exception {
        Pki pki = new Pki(folder);
        pki.issue("front");
        List<String> settings = new ArrayList<>();
        pki.settings("http.tls", "front").forEach((name, value) -> settings.addAll(List.of(name, value)));
        check(HttpFixture.front(VERTX, new SimpleMeterRegistry(), settings.toArray(String[]::new)), "-t", "-k");
    }

    private static void check(int port, String... options) throws Exception {
        // The first connection waits for classes to be loaded.
        String unused = run(command(10, port, options, "generic/1"));
        if (!failed(2, port, options).isEmpty()) {
            assertEquals(Set.of(), failed(5, port, options), "with patience, on a busy machine");
        }
    }

    /** What failed without being explained; all that was said if not every case was run. */
    private static Set<String> failed(int timeoutSeconds, int port, String... options) throws Exception {
        String said = run(command(timeoutSeconds, port, options));
        if (!said.contains(CASES + " tests, ")) {
            return Set.of(said);
        }
        return said.lines()
                .map(FAILED::matcher)
                .filter(Matcher::matches)
                .map(found -> found.group(1))
                .filter(name -> !EXPLAINED.contains(name))
                .collect(Collectors.toSet());
    }

    private static String[] command(int timeoutSeconds, int port, String[] options, String... cases) {
        List<String> command = new ArrayList<>(
                List.of(folder.resolve("h2spec").toString(), "-h", "127.0.0.1", "-p", "" + port, "-P", "/thing"));
        command.addAll(List.of("-o", "" + timeoutSeconds));
        command.addAll(Arrays.asList(options));
        command.addAll(Arrays.asList(cases));
        return command.toArray(String[]::new);
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile(folder, "said", ".txt");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            process.waitFor();
            return Files.readString(output);
        } finally {
            process.destroyForcibly();
        }
    }
}

package io.millrace.launcher.replay;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The whole command, a server that answers as the real one does or as a test says, and time that passes at once. */
abstract class ReplayFixture {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @SuppressWarnings("NullAway.Init")
    StubServer server;

    final FakeTiming timing = new FakeTiming();
    final StringWriter out = new StringWriter();
    final StringWriter err = new StringWriter();

    @BeforeEach
    void start() throws IOException {
        server = new StubServer();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    int replay(Object... arguments) {
        List<String> all = new ArrayList<>(
                List.of("--to", server.url(), "--state", folder.resolve("state").toString()));
        Arrays.stream(arguments).map(Object::toString).forEach(all::add);
        return new CommandLine(new ReplayCommand(Map.of("MILLRACE_TOKEN", "t0ken"), timing, false))
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(all.toArray(String[]::new));
    }

    Path file(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }

    /** So many events, one a line, with the ids 1, 2, 3, … */
    Path events(int count) throws IOException {
        return file(
                "events.ndjson",
                IntStream.rangeClosed(1, count)
                        .mapToObj(id -> "{\"id\":\"" + id + "\",\"type\":\"a:b\",\"source\":\"s\",\"timestamp\":\""
                                + "2011-01-01T00:00:" + (id < 10 ? "0" : "") + id % 60 + "Z\",\"data\":{}}\n")
                        .collect(Collectors.joining()));
    }

    static List<String> ids(int from, int to) {
        return IntStream.rangeClosed(from, to).mapToObj(Integer::toString).toList();
    }

    void says(String expected) {
        assertTrue(out.toString().contains(expected), () -> expected + " in:\n" + out + err);
    }
}

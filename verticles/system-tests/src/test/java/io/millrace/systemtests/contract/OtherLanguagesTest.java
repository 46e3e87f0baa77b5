package io.millrace.systemtests.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.Repository;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.process.NpmPackages;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The TCP bridge as programs in other languages use it: the guide's own examples, and Vert.x's client of its own bridge. */
@Order(12)
@OnPipeline(Pipeline.Layout.ONE_PROCESS)
final class OtherLanguagesTest {
    private static final Path GUIDE = Repository.CONF.resolveSibling("shared/docs/tcp-bridge.md");
    private static final Path CLIENT = Path.of("src/test/js/tcp-client");

    private final Pipeline pipeline;

    OtherLanguagesTest(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    @ParameterizedTest
    @CsvSource({"python3, orders.py", "node, orders.mjs"})
    void theGuidesExamplePublishesAndHears(String program, String example) throws Exception {
        assertThere(program);
        String output = run(
                List.of(program, GUIDE.resolveSibling("tcp-bridge/" + example).toString()));
        List<String> lines = output.lines().sorted().toList();
        assertEquals(2, lines.size(), output);
        assertTrue(lines.get(0).matches("delivered: 129\\.5 at \\S+:\\d+"), output);
        assertEquals("published: committed", lines.get(1));
    }

    @Test
    void theGuideShowsTheFilesAsTheyAre() throws IOException {
        Matcher shown =
                Pattern.compile("```(python|js)\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(GUIDE));
        for (String file : List.of("orders.py", "orders.mjs")) {
            assertTrue(shown.find(), file);
            assertEquals(Files.readString(GUIDE.resolveSibling("tcp-bridge/" + file)), shown.group(2));
        }
    }

    @Test
    void theClientOfVertxsOwnBridgeIsUnderstoodAndUnderstands() throws Exception {
        Path installed = Repository.OUTPUTS.resolve("tcp-client");
        try {
            NpmPackages.install(CLIENT, installed);
        } catch (IOException notThere) {
            Assumptions.abort("the stock client of the TCP bridge isn't there: " + notThere.getMessage());
        }
        JsonObject order = Shop.order();
        String output = run(List.of("node", installed.resolve("stock.cjs").toString()), order.encode());
        List<JsonObject> told = output.lines()
                .filter(line -> line.startsWith("{"))
                .map(JsonObject::new)
                .toList();
        assertEquals(1, count(told, "heard", "subscribed"), output);
        assertEquals(1, count(told, "replied", "committed"), output);
        assertEquals(1, count(told, "heard", "update"), output);
        JsonObject denied = told.stream()
                .map(each -> each.getJsonObject("failed"))
                .filter(failed -> failed != null)
                .findFirst()
                .orElseThrow();
        assertEquals(403, denied.getInteger("failureCode"), output);
        assertEquals(new JsonObject().put("closed", true), told.get(told.size() - 1), output);
    }

    private static long count(List<JsonObject> told, String name, String value) {
        return told.stream().filter(each -> value.equals(each.getValue(name))).count();
    }

    private static void assertThere(String program) throws InterruptedException {
        try {
            new ProcessBuilder(program, "--version")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException notThere) {
            Assumptions.abort("there is no " + program + ": " + notThere.getMessage());
        }
    }

    /** What it prints, with the bridge's address and a token behind its arguments; fails unless it ends well. */
    private String run(List<String> program, String... more) throws Exception {
        List<String> command = new ArrayList<>(program);
        command.addAll(List.of(
                "127.0.0.1",
                "" + pipeline.broadcast().tcpPort(),
                pipeline.signer().token("shop", "staff")));
        command.addAll(List.of(more));
        Path said = Files.createTempFile(Repository.OUTPUTS, "tcp-client", ".log");
        Process running = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        boolean ended = running.waitFor(60, TimeUnit.SECONDS);
        running.destroyForcibly();
        String output = Files.readString(said);
        assertTrue(ended && running.exitValue() == 0, output);
        return output;
    }
}

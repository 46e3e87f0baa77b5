package io.millrace.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tests in JavaScript, of the client and of the pages, in Node. */
@Tag("slow")
class JavaScriptTest {
    private static final Path ROOT = Path.of(System.getProperty("millrace.root", "../.."));

    @ParameterizedTest
    @ValueSource(strings = {"shared/client-js", "verticles/dashboard"})
    void theTestsOfAModulePass(String module) throws Exception {
        Path said = Path.of("target", "node-" + module.replace('/', '-') + ".log");
        Process node;
        try {
            node = new ProcessBuilder("node", "--experimental-websocket", "--no-warnings", "--test", "src/test/js/")
                    .directory(ROOT.resolve(module).toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .start();
        } catch (IOException notThere) {
            Assumptions.abort("without Node 20 or newer this is not tested: " + notThere.getMessage());
            return;
        }
        boolean ended = node.waitFor(5, TimeUnit.MINUTES);
        node.descendants().forEach(ProcessHandle::destroyForcibly);
        node.destroyForcibly();
        assertTrue(ended, () -> read(said));
        assertEquals(0, node.exitValue(), () -> read(said));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}

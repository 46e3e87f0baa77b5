package io.millrace.launcher.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * As {@link FuzzTargetsTest}, by Jazzer, which sees what an input reaches and goes on from there; each for as long as
 * {@code -Dmillrace.fuzz.seconds} says (600).
 */
@Tag("long")
class JazzerTest {
    private static final int SECONDS = Integer.getInteger("millrace.fuzz.seconds", 600);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @ParameterizedTest
    @EnumSource
    void whateverIsReadIsTakenOrRefused(FuzzTarget target) throws Exception {
        Path corpus = Files.createDirectory(folder.resolve("corpus"));
        int number = 0;
        for (byte[] seed : target.seeds()) {
            Files.write(corpus.resolve("seed-" + number++), seed);
        }
        Path output = folder.resolve("output");
        int status = jazzer(target, corpus, output);
        String said = Files.readString(output);
        assertEquals(0, status, said);
        assertTrue(said.contains("DONE"), said);
    }

    private int jazzer(FuzzTarget target, Path corpus, Path output) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-cp",
                System.getProperty("java.class.path"),
                "-Dmillrace.root=" + System.getProperty("millrace.root", "../.."),
                "-Dmillrace.fuzz.target=" + target,
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + JazzerTarget.class.getName(),
                "--instrumentation_includes=io.millrace.**",
                // A pack or an issuer's file may name any file and address: it is the operator's own.
                "--hooks=false",
                "--reproducer_path=" + folder,
                "-artifact_prefix=" + folder + "/",
                "-max_total_time=" + SECONDS,
                "-max_len=20000",
                "-timeout=60",
                "-seed=" + Long.getLong("millrace.fuzz.seed", 17),
                corpus.toString()));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            return process.waitFor();
        } finally {
            process.destroyForcibly();
        }
    }
}

package io.millrace.systemtests.environment;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;

/**
 * The clock of a process, which libfaketime makes wrong: the time of day alone, not the one that counts on since the start. A
 * change is seen within a second.
 */
public final class FalseClock {
    private static final List<Path> LIBRARIES = List.of(
            Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"),
            Path.of("/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1"),
            Path.of("/usr/lib64/faketime/libfaketimeMT.so.1"));
    private static final DateTimeFormatter STOPPED =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneId.systemDefault());

    private final Path file;

    /** Right at first. */
    public FalseClock(String name) {
        file = Repository.OUTPUTS.resolve("clock-" + name);
        ahead(Duration.ZERO);
    }

    public static boolean isInstalled() {
        return library() != null;
    }

    private static Path library() {
        return LIBRARIES.stream().filter(Files::isReadable).findFirst().orElse(null);
    }

    /** Of the process that has it. */
    public Map<String, String> environment() {
        return Map.of(
                "LD_PRELOAD", library().toString(),
                "FAKETIME_TIMESTAMP_FILE", file.toString(),
                "FAKETIME_CACHE_DURATION", "1",
                "FAKETIME_DONT_FAKE_MONOTONIC", "1",
                // Otherwise each timed wait of the JVM takes a second longer (libfaketime 0.9.10, glibc 2.36).
                "FAKETIME_FORCE_MONOTONIC_FIX", "0",
                "NO_FAKE_STAT", "1");
    }

    /** @param by negative if it is behind */
    public void ahead(Duration by) {
        write((by.isNegative() ? "" : "+") + by.toSeconds());
    }

    /** It stands still from now on. */
    public void stop() {
        write(STOPPED.format(Instant.now()));
    }

    private void write(String text) {
        try {
            Path next = file.resolveSibling(file.getFileName() + ".next");
            Files.writeString(next, text + "\n");
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }
}

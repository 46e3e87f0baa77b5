package io.millrace.systemtests.environment;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Where things lie: the configuration that is tested is the one that is delivered. */
public final class Repository {
    public static final Path CONF = Path.of(System.getProperty("millrace.root", "../.."))
            .resolve("conf")
            .normalize();
    public static final Path OUTPUTS = Path.of("target").toAbsolutePath();

    private Repository() {}

    /** A directory with all that is in it, if it is there. */
    public static void delete(Path directory) {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> found = Files.walk(directory)) {
            List<Path> deepestFirst = found.sorted(Comparator.reverseOrder()).toList();
            for (Path path : deepestFirst) {
                Files.deleteIfExists(path);
            }
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }
}

package io.millrace.systemtests.environment;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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

    /** Copies a directory with all that is in it, over what is there. */
    public static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> found = Files.walk(from)) {
            for (Path path : found.toList()) {
                Path target = to.resolve(from.relativize(path).toString());
                if (Files.isDirectory(path)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(path, target, StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }

    /** The configuration and one file more, in a folder of the test's own. */
    public static Path confWith(String folder, String file, String text) {
        Path conf = OUTPUTS.resolve(folder);
        delete(conf);
        try {
            copy(CONF, conf);
            Path added = conf.resolve(file);
            Files.createDirectories(added.getParent());
            Files.writeString(added, text);
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
        return conf;
    }

    /** Deletes a directory with all that is in it, if it is there. */
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

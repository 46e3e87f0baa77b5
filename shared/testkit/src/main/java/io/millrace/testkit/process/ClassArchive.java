package io.millrace.testkit.process;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The classes of a node, as a JVM maps them into memory (JEP 350): with them a start takes 6 s of CPU instead of 9. A JVM
 * takes only an archive that was made of the jars that it has, and without one starts as ever.
 */
final class ClassArchive {
    private static final List<Path> ENTRIES = Arrays.stream(
                    System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .filter(entry -> !entry.isEmpty())
            .map(Path::of)
            .toList();

    private final Path file;

    ClassArchive(Path outputs) {
        this.file = outputs.resolve("classes.jsa");
    }

    /**
     * This JVM's own, without the tests: of a folder no archive can be made. Where a module is a folder too, as in an IDE,
     * it is whole.
     */
    static String classPath() {
        return ENTRIES.stream()
                .filter(entry -> !archivable() || !Files.isDirectory(entry))
                .map(Path::toString)
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static boolean archivable() {
        return ENTRIES.stream().filter(Files::isDirectory).allMatch(folder -> folder.endsWith("test-classes"));
    }

    /** What a JVM is told to use it; nothing if there is none. */
    List<String> use() {
        return Files.exists(file) ? List.of("-XX:SharedArchiveFile=" + file) : List.of();
    }

    /** What a JVM is told to make it when it ends. */
    List<String> make() {
        return List.of("-XX:ArchiveClassesAtExit=" + partial());
    }

    /** What the JVM has made is for the next ones. */
    void made() throws IOException {
        if (Files.exists(partial())) {
            Files.move(partial(), file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private Path partial() {
        return file.resolveSibling(file.getFileName() + ".partial");
    }

    /** Whether it is worth while to make one. */
    boolean wanted() throws IOException {
        if (!archivable()) {
            return false;
        }
        for (Path entry : ENTRIES) {
            boolean newer = Files.isRegularFile(entry)
                    && (!Files.exists(file)
                            || Files.getLastModifiedTime(entry).compareTo(Files.getLastModifiedTime(file)) > 0);
            if (newer) {
                return true;
            }
        }
        return false;
    }
}

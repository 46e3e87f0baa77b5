package io.millrace.backends.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Where the programs come from; that they run is {@link io.millrace.backends.EmbeddedBackendsTest}'s. */
class ServerArchivesTest {
    private static final String SHARED = "millrace.programs";

    private final String before = System.getProperty(SHARED);
    private Path directory;

    @BeforeEach
    void make() throws IOException {
        directory = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "archives");
        System.setProperty(SHARED, directory.resolve("shared").toString());
    }

    @AfterEach
    void delete() throws IOException {
        System.setProperty(SHARED, before);
        ServerArchives.deleteTree(directory);
    }

    @Test
    void directoriesThatShareTheProgramsHaveOneFileUnderPathsOfTheirOwn() throws IOException {
        Path one = ServerArchives.redis(directory.resolve("one"));
        Path two = ServerArchives.redis(directory.resolve("two"));

        assertNotEquals(one, two);
        assertEquals(fileOf(one), fileOf(two));
        assertEquals(true, Files.isExecutable(two));
    }

    @Test
    void withoutASharedFolderEachDirectoryHasItsOwn() throws IOException {
        System.clearProperty(SHARED);

        Path one = ServerArchives.redis(directory.resolve("one"));
        Path two = ServerArchives.redis(directory.resolve("two"));

        assertNotEquals(fileOf(one), fileOf(two));
    }

    private static Object fileOf(Path path) throws IOException {
        return Files.getAttribute(path, "unix:ino");
    }
}

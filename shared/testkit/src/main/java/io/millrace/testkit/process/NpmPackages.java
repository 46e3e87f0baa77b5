package io.millrace.testkit.process;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Packages from npm, at the versions of a lock file. */
public final class NpmPackages {
    private static final int INSTALL_MINUTES = 2;
    private static final String INSTALLED = "node_modules/.package-lock.json";

    private NpmPackages() {}

    /**
     * Copies the files of a folder, and installs the packages of its {@code package-lock.json} unless they are there
     * already.
     *
     * @throws IOException Node, npm or its registry isn't there; the message says what npm said
     */
    public static void install(Path from, Path to) throws IOException, InterruptedException {
        Path lock = to.resolve("package-lock.json");
        boolean there = Files.exists(to.resolve(INSTALLED))
                && Files.exists(lock)
                && Files.mismatch(lock, from.resolve("package-lock.json")) == -1;
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        if (there) {
            return;
        }
        // npm writes it last.
        Files.deleteIfExists(to.resolve(INSTALLED));
        File said = to.resolve("npm.log").toFile();
        Process npm = new ProcessBuilder(List.of("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"))
                .directory(to.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said)
                .start();
        if (!npm.waitFor(INSTALL_MINUTES, TimeUnit.MINUTES) || npm.exitValue() != 0) {
            npm.destroyForcibly();
            throw new IOException("npm can't install what " + lock + " names: " + Files.readString(said.toPath()));
        }
    }
}

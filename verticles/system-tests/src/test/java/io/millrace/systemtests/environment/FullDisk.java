package io.millrace.systemtests.environment;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A folder with all that is in it on a file system of its own, as long as nobody uses it; closing brings it back. */
public final class FullDisk implements AutoCloseable {
    /** Beside what is there already, which is more with each test before. */
    private static final long ROOM = 64L << 20;

    private static final int WAIT_SECONDS = 30;

    private final Path folder;
    private final Path aside;
    private final Path ballast;

    public FullDisk(Path folder) {
        this.folder = folder;
        this.aside = folder.resolveSibling(folder.getFileName() + ".aside");
        this.ballast = folder.resolve("ballast");
        require("mv", folder.toString(), aside.toString());
        require("mkdir", folder.toString());
        require("mount", "-t", "tmpfs", "-o", "size=" + (used(aside) + ROOM), "tmpfs", folder.toString());
        require("cp", "-a", aside + "/.", folder.toString());
        require("rm", "-r", aside.toString());
    }

    /** Whether whoever runs the tests may mount one. */
    public static boolean possible() {
        try {
            Path probe = Files.createTempDirectory("millrace-disk");
            boolean mounted = run("mount", "-t", "tmpfs", "tmpfs", probe.toString());
            if (mounted) {
                require("umount", probe.toString());
            }
            Files.delete(probe);
            return mounted;
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    /** Leaves no room. */
    public void fill() {
        byte[] page = new byte[4096];
        try (OutputStream out = Files.newOutputStream(ballast)) {
            while (true) {
                out.write(page);
            }
        } catch (IOException full) {
            if (!Files.exists(ballast)) {
                throw new UncheckedIOException(full);
            }
        }
    }

    /** Gives the room back. */
    public void free() {
        try {
            Files.deleteIfExists(ballast);
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    @Override
    public void close() {
        free();
        require("cp", "-a", folder.toString(), aside.toString());
        require("umount", folder.toString());
        require("rmdir", folder.toString());
        require("mv", aside.toString(), folder.toString());
    }

    private static long used(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.mapToLong(path -> path.toFile().length()).sum();
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    private static void require(String... command) {
        if (!run(command)) {
            throw new IllegalStateException(String.join(" ", command));
        }
    }

    private static boolean run(String... command) {
        try {
            Process process = new ProcessBuilder(List.of(command))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(WAIT_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }
}

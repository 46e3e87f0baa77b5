package io.millrace.backends.server;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;
import org.tukaani.xz.XZInputStream;

/**
 * The servers' programs: archives on the class path, unpacked once for each version and directory. Tests have many
 * directories: where the system property {@code millrace.programs} names a folder they are unpacked once there, and linked.
 */
final class ServerArchives {
    /** Links instead of copies, since whose program a process runs is told by the program's path. */
    private static final String SHARED = "millrace.programs";

    static final String POSTGRES_VERSION = "18.4";
    static final String REDIS_VERSION = "7.0.15";

    private ServerArchives() {}

    /**
     * @return the folder with {@code initdb}, {@code pg_ctl} and {@code postgres}
     * @throws IOException without an archive for this machine, or if it can't be unpacked
     */
    static Path postgres(Path directory) throws IOException {
        // The archives' names spell the processors in their own way; one they don't know is found missing.
        String arch = arch().replace("amd64", "x86_64").replace("arm64", "arm_64");
        String archive = "postgres-" + os() + "-" + arch + ".txz";
        Path folder = directory.resolve("programs-" + POSTGRES_VERSION);
        unpackOnce("PostgreSQL", archive, folder, ServerArchives::unpackTar);
        return folder.resolve("bin");
    }

    /** The program itself; fails as {@link #postgres} does. */
    static Path redis(Path directory) throws IOException {
        // There is none for Apple's own processors; they translate the other.
        String arch = os().equals("darwin") ? "amd64" : arch();
        String program = "redis-server-" + REDIS_VERSION + "-" + os() + "-" + arch;
        Path folder = directory.resolve("programs-" + REDIS_VERSION);
        unpackOnce("Redis", program, folder, (in, into) -> {
            Files.copy(in, into.resolve("redis-server"));
            permit(into.resolve("redis-server"), true);
        });
        return folder.resolve("redis-server");
    }

    private interface Unpacker {
        void unpack(InputStream archive, Path into) throws IOException;
    }

    /** Unpacks beside the folder and renames at the end, so that one that exists is whole. */
    private static void unpackOnce(String what, String resource, Path folder, Unpacker unpacker) throws IOException {
        if (Files.isDirectory(folder)) {
            return;
        }
        Path partial = folder.resolveSibling(folder.getFileName() + ".partial");
        Path source = shared(resource);
        if (source == null) {
            unpack(what, resource, folder, partial, unpacker);
            return;
        }
        if (!Files.isDirectory(source)) {
            unpackForAll(what, resource, source, unpacker);
        }
        try {
            deleteTree(partial);
            linkTree(source, partial);
            Files.move(partial, folder);
        } catch (IOException e) {
            throw StartErrors.writing(folder, e);
        }
    }

    /** Another JVM may be at it: each has a folder of its own, and the first to be done gives its to all. */
    private static void unpackForAll(String what, String resource, Path source, Unpacker unpacker) throws IOException {
        Files.createDirectories(source.getParent());
        Path own = Files.createTempDirectory(source.getParent(), "unpacking");
        try {
            unpack(what, resource, source, own, unpacker);
        } catch (IOException e) {
            deleteTree(own);
            if (!Files.isDirectory(source)) {
                throw e;
            }
        }
    }

    /** Where all directories of tests find what is made once; null where each has its own. */
    static @Nullable Path shared(String name) {
        String shared = System.getProperty(SHARED);
        return shared == null ? null : Path.of(shared).resolve(name);
    }

    /** Gives a copy of the tree to all; if another JVM was the first, its stays. */
    static void share(Path tree, Path source) throws IOException {
        Path own = Files.createTempDirectory(source.getParent(), "sharing").resolve("data");
        copyTree(tree, own);
        try {
            Files.move(own, source);
        } catch (FileAlreadyExistsException | DirectoryNotEmptyException another) {
            deleteTree(own);
        }
        Files.delete(own.getParent());
    }

    /** With owners and permissions. */
    static void copyTree(Path tree, Path into) throws IOException {
        try (Stream<Path> all = Files.walk(tree)) {
            for (Path path : all.toList()) {
                Files.copy(path, into.resolve(tree.relativize(path)), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }

    private static void linkTree(Path source, Path into) throws IOException {
        try (Stream<Path> all = Files.walk(source)) {
            for (Path path : all.toList()) {
                Path linked = into.resolve(source.relativize(path));
                if (Files.isSymbolicLink(path)) {
                    Files.createSymbolicLink(linked, Files.readSymbolicLink(path));
                } else if (Files.isDirectory(path)) {
                    makeFolder(linked);
                } else {
                    link(path, linked);
                }
            }
        }
    }

    private static void link(Path program, Path linked) throws IOException {
        try {
            Files.createLink(linked, program);
        } catch (FileSystemException | UnsupportedOperationException anotherDisk) {
            Files.copy(program, linked, StandardCopyOption.COPY_ATTRIBUTES);
        }
    }

    private static void unpack(String what, String resource, Path folder, Path partial, Unpacker unpacker)
            throws IOException {
        try (InputStream in = ServerArchives.class.getResourceAsStream("/" + resource)) {
            if (in == null) {
                throw new IOException("there is no " + what + " for " + os() + " " + arch() + " on the class path ("
                        + resource + "): start your own and give its address instead of --backends embedded");
            }
            try {
                deleteTree(partial);
                Files.createDirectories(partial);
                permit(partial, true);
                unpacker.unpack(in, partial);
                Files.move(partial, folder);
            } catch (IOException e) {
                throw StartErrors.writing(folder, e);
            }
        }
    }

    private static void unpackTar(InputStream txz, Path into) throws IOException {
        try (var tar = new TarArchiveInputStream(new XZInputStream(new BufferedInputStream(txz, 1 << 16)))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                Path path = into.resolve(entry.getName()).normalize();
                if (!path.startsWith(into)) {
                    throw new IOException("the archive names a file outside of itself: " + entry.getName());
                }
                unpackEntry(tar, entry, path, into);
            }
        }
    }

    private static void unpackEntry(TarArchiveInputStream tar, TarArchiveEntry entry, Path path, Path into)
            throws IOException {
        if (entry.isDirectory()) {
            makeFolder(path);
            return;
        }
        makeFolder(path.getParent());
        if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
        } else if (entry.isLink()) {
            Files.createLink(path, into.resolve(entry.getLinkName()).normalize());
        } else {
            Files.copy(tar, path);
            permit(path, (entry.getMode() & 0100) != 0);
        }
    }

    private static void makeFolder(@Nullable Path folder) throws IOException {
        if (folder != null && !Files.isDirectory(folder)) {
            makeFolder(folder.getParent());
            Files.createDirectory(folder);
            permit(folder, true);
        }
    }

    /** Readable by all, whatever the umask: PostgreSQL may have to run as another user than the one who unpacks. */
    private static void permit(Path path, boolean executable) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
    }

    static void deleteTree(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private static String os() {
        String name = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        return name.startsWith("mac") ? "darwin" : name.startsWith("linux") ? "linux" : name.replace(' ', '-');
    }

    private static String arch() {
        String arch = System.getProperty("os.arch");
        return switch (arch) {
            case "amd64", "x86_64" -> "amd64";
            case "aarch64", "arm64" -> "arm64";
            default -> arch;
        };
    }
}

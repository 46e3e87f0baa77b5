package io.millrace.backends.server;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How to run PostgreSQL, which refuses to run as root, when we are root (in a container, mostly).
 *
 * @param prefix what to put before a command; empty for an ordinary user
 * @param owner who must own the files, or -1 if it doesn't matter
 */
record RunAsUser(List<String> prefix, int owner) {
    private static final int NOBODY = 65534;

    /**
     * In a user namespace without a mapping root appears as nobody yet still owns its files. Where namespaces are
     * refused, {@code setpriv} really becomes nobody, and the directory has to be given to it.
     *
     * @param directory where the files are to lie
     * @throws IOException if neither way works
     */
    static RunAsUser find(Path directory) throws IOException {
        if (new UnixSystem().getUid() != 0) {
            return new RunAsUser(List.of(), -1);
        }
        var namespace = new RunAsUser(List.of("unshare", "-U", "--"), 0);
        if (namespace.works()) {
            return namespace;
        }
        String nobody = Integer.toString(NOBODY);
        var drop = new RunAsUser(
                List.of("setpriv", "--reuid=" + nobody, "--regid=" + nobody, "--clear-groups", "--"), NOBODY);
        if (!drop.works()) {
            throw new IOException("PostgreSQL refuses to run as root, and neither unshare nor setpriv works here:"
                    + " run as an ordinary user");
        }
        requireTraversable(directory);
        return drop;
    }

    private boolean works() {
        try {
            return ServerProcesses.succeeds(ServerProcesses.command(prefix, "true"));
        } catch (IOException e) {
            return false;
        }
    }

    private static void requireTraversable(Path directory) throws IOException {
        for (Path p = directory.toRealPath().getParent(); p != null; p = p.getParent()) {
            if (!Files.getPosixFilePermissions(p).contains(PosixFilePermission.OTHERS_EXECUTE)) {
                throw new IOException("PostgreSQL refuses to run as root, and as nobody it can't enter " + p
                        + ": choose a data directory that everyone may enter, or run as an ordinary user");
            }
        }
    }

    /** Gives the whole tree to the user that PostgreSQL will be, if an earlier run was another. */
    void adopt(Path tree) throws IOException {
        if (owner < 0 || owner == (Integer) Files.getAttribute(tree, "unix:uid")) {
            return;
        }
        Files.walkFileTree(tree, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.setAttribute(file, "unix:uid", owner, LinkOption.NOFOLLOW_LINKS);
                return FileVisitResult.CONTINUE;
            }

            // After its files, so that a walk that was cut short is begun again.
            @Override
            public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException e) throws IOException {
                if (e != null) {
                    throw e;
                }
                Files.setAttribute(folder, "unix:uid", owner);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}

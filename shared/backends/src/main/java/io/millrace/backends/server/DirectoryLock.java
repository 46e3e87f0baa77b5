package io.millrace.backends.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a directory for one process. The operating system lets go of it however the process ends, so whoever holds it
 * knows that every server found in the directory is a leftover.
 */
public final class DirectoryLock {
    /**
     * Static because a POSIX lock belongs to the process: it would not keep a second user in this JVM out, and is lost
     * as soon as this process closes any other handle of the same file.
     */
    private static final Set<Path> HELD_BY_THIS_PROCESS = ConcurrentHashMap.newKeySet();

    private final Path directory;
    private final FileChannel channel;

    private DirectoryLock(Path directory, FileChannel channel) {
        this.directory = directory;
        this.channel = channel;
    }

    /**
     * Creates the directory if need be and takes it. Doesn't wait.
     *
     * @throws IOException in one line: not a directory, not writable, or in use and by which process
     */
    public static DirectoryLock acquire(Path directory) throws IOException {
        try {
            Files.createDirectories(directory);
            Path real = directory.toRealPath();
            if (!HELD_BY_THIS_PROCESS.add(real)) {
                throw inUse(directory, Long.toString(ProcessHandle.current().pid()));
            }
            DirectoryLock lock = null;
            try {
                lock = open(directory, real);
                return lock;
            } finally {
                if (lock == null) {
                    HELD_BY_THIS_PROCESS.remove(real);
                }
            }
        } catch (InUseException e) {
            throw e;
        } catch (IOException e) {
            throw StartErrors.writing(directory, e);
        }
    }

    private static DirectoryLock open(Path directory, Path real) throws IOException {
        FileChannel channel = FileChannel.open(
                real.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        @Nullable FileLock lock = null;
        try {
            lock = channel.tryLock();
            if (lock == null) {
                throw inUse(directory, holder(channel));
            }
            channel.truncate(0);
            channel.write(bytes(Long.toString(ProcessHandle.current().pid())));
            return new DirectoryLock(real, channel);
        } finally {
            if (lock == null) {
                channel.close();
            }
        }
    }

    public void release() {
        try {
            channel.close();
        } catch (IOException e) {
            // The lock goes with the process at the latest; nobody could do more about it.
        } finally {
            HELD_BY_THIS_PROCESS.remove(directory);
        }
    }

    private static String holder(FileChannel channel) throws IOException {
        ByteBuffer text = ByteBuffer.allocate(32);
        channel.read(text, 0);
        String pid = StandardCharsets.US_ASCII.decode(text.flip()).toString().strip();
        return pid.isEmpty() ? "(unknown)" : pid;
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static InUseException inUse(Path directory, String pid) {
        return new InUseException(directory + " is in use by the Millrace with pid " + pid);
    }

    private static final class InUseException extends IOException {
        InUseException(String message) {
            super(message);
        }
    }
}

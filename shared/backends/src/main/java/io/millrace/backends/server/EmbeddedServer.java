package io.millrace.backends.server;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One real server as a child process on 127.0.0.1, with a directory of its own that keeps its data. The methods may be
 * called from any thread and take turns; all but the getters block, so never call them on an event loop.
 */
public abstract sealed class EmbeddedServer implements AutoCloseable
        permits EmbeddedPostgres, EmbeddedRedis, EmbeddedKafka {
    private final Path directory;
    private final int port;
    private @Nullable DirectoryLock lock;
    private volatile @Nullable Process process;

    EmbeddedServer(Path directory, int port) {
        this.directory = directory.toAbsolutePath().normalize();
        this.port = port;
    }

    /** The address for clients, in the form that {@link io.millrace.platform.node.Backends.Running} tells. */
    public abstract String uri();

    /** Its TCP port on 127.0.0.1; the same after a restart. */
    public final int port() {
        return port;
    }

    /** Where its data and its log lie. */
    public final Path directory() {
        return directory;
    }

    /** The main process's id, also of one that has ended; for faults such as {@code kill -STOP}. */
    public final long pid() {
        Process current = process;
        return current == null ? -1 : current.pid();
    }

    /** Whether the main process lives. */
    public final boolean isRunning() {
        Process current = process;
        return current != null && current.isAlive();
    }

    /**
     * Starts the server on the kept data and the same port, after {@link #stop}, {@link #kill} or a death of its own;
     * stops it first if it runs. What a killed Millrace left running in the directory is stopped, never attached to.
     * Returns when the server answers.
     *
     * @throws IOException in one line: directory in use, not writable or full, port in use, or the last lines of the log
     */
    public final synchronized void restart() throws IOException {
        endIfRunning();
        DirectoryLock held = lock == null ? DirectoryLock.acquire(directory) : lock;
        lock = held;
        boolean started = false;
        try {
            process = launch();
            started = true;
        } finally {
            if (!started) {
                release();
            }
        }
    }

    /** Stops it in its own graceful way, with force after some seconds, and lets go of the directory. The data stay. */
    public final synchronized void stop() {
        endIfRunning();
        release();
    }

    /** SIGKILL for the server and its children, as a crash; returns when they are gone. {@link #restart} follows. */
    public final synchronized void kill() {
        Process current = process;
        if (current != null) {
            ServerProcesses.kill(current);
        }
    }

    @Override
    public final void close() {
        stop();
    }

    /** Stops leftovers, starts the server and returns when it answers. The directory is ours. */
    abstract Process launch() throws IOException;

    /** Stops it gracefully. What still lives afterwards is killed. */
    abstract void end(Process running) throws IOException;

    private void endIfRunning() {
        Process current = process;
        if (current == null || !current.isAlive()) {
            return;
        }
        try {
            end(current);
        } catch (IOException e) {
            // The graceful way failed; the kill that follows loses nothing that was acknowledged.
        } finally {
            if (current.isAlive()) {
                ServerProcesses.kill(current);
            }
        }
    }

    private void release() {
        DirectoryLock held = lock;
        if (held != null) {
            held.release();
            lock = null;
        }
    }
}

package io.millrace.backends.server;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Starting child processes, waiting for them and finding the ones an earlier run left. Everything here blocks. */
public final class ServerProcesses {
    private static final Path SETSID = Path.of("/usr/bin/setsid");
    private static final long POLL_MS = 5;

    private ServerProcesses() {}

    /** Whether a child is ready to serve. */
    interface Check {
        boolean passes() throws IOException;
    }

    static List<String> command(List<String> prefix, String... rest) {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(rest));
        return command;
    }

    /**
     * Starts a server that outlives a Ctrl-C: a terminal sends that to the whole foreground group, and the servers must
     * still be there while the stages drain. The log of the run before is kept as {@code ….previous}.
     */
    static Process server(List<String> command, Path directory, Path log) throws IOException {
        if (Files.exists(log)) {
            Path previous = log.resolveSibling(log.getFileName() + ".previous");
            Files.move(log, previous, StandardCopyOption.REPLACE_EXISTING);
        }
        List<String> detached = Files.isExecutable(SETSID) ? List.of(SETSID.toString()) : List.of();
        return start(command(detached, command.toArray(String[]::new)), directory, log);
    }

    private static Process start(List<String> command, Path directory, Path log) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(Redirect.appendTo(log.toFile()));
        // The servers are told everything on their command line; what is set for other programs must not reach them.
        builder.environment().keySet().removeIf(name -> name.startsWith("PG") || name.startsWith("KAFKA_"));
        builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
        builder.environment().put("LC_ALL", "C");
        return builder.start();
    }

    /** Runs a tool to its end, with {@code input} on its standard input and its output added to the log. */
    static void run(String what, List<String> command, Path directory, Path log, String input, Duration limit)
            throws IOException {
        Process process = start(command, directory, log);
        try (OutputStream stdin = process.getOutputStream()) {
            stdin.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // It ended before reading: its exit code and its log tell more than the broken pipe.
        }
        if (!endsWithin(process, limit)) {
            kill(process);
            throw StartErrors.failed(what, "didn't finish within " + limit.toSeconds() + " s", log);
        }
        if (process.exitValue() != 0) {
            throw StartErrors.failed(what, "failed (exit code " + process.exitValue() + ")", log);
        }
    }

    static boolean succeeds(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(Redirect.DISCARD)
                .start();
        return endsWithin(process, Duration.ofSeconds(5)) && process.exitValue() == 0;
    }

    /** Waits until the server is ready; kills it if it isn't in time. */
    static void awaitReady(String what, Process process, Path log, Duration limit, Check ready) throws IOException {
        long deadline = System.nanoTime() + limit.toNanos();
        boolean done = false;
        try {
            while (!ready.passes()) {
                if (endsWithin(process, Duration.ofMillis(POLL_MS))) {
                    throw StartErrors.failed(what, "didn't start (exit code " + process.exitValue() + ")", log);
                }
                if (System.nanoTime() > deadline) {
                    throw StartErrors.failed(what, "didn't answer within " + limit.toSeconds() + " s", log);
                }
            }
            done = true;
        } finally {
            if (!done) {
                kill(process);
            }
        }
    }

    /**
     * Whether the process ends in time.
     *
     * @throws InterruptedIOException with the thread's interrupt kept
     */
    static boolean endsWithin(Process process, Duration limit) throws InterruptedIOException {
        try {
            return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for a server");
        }
    }

    /** SIGKILL for the process and everything below it; returns when the process is gone. */
    static void kill(Process process) {
        List<ProcessHandle> below = process.descendants().toList();
        process.destroyForcibly();
        below.forEach(ProcessHandle::destroyForcibly);
        process.onExit().join();
    }

    /**
     * The processes whose program lies below {@code folder}. Nobody but us unpacks programs there, so a pid that now
     * belongs to something else is never among them; a process that ended and was not yet collected isn't either.
     */
    public static List<ProcessHandle> runningFrom(Path folder) throws IOException {
        Path real = folder.toRealPath();
        try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
            return all.filter(p -> p.info()
                            .command()
                            .map(program -> Path.of(program).startsWith(real))
                            .orElse(false))
                    .toList();
        }
    }

    /** SIGKILL for all that run from {@code folder}; returns when they are gone. */
    static void killRunningFrom(String what, Path folder) throws IOException {
        long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        for (List<ProcessHandle> left = runningFrom(folder); !left.isEmpty(); left = runningFrom(folder)) {
            left.forEach(ProcessHandle::destroyForcibly);
            pause();
            if (System.nanoTime() > deadline) {
                throw new IOException(what + " of an earlier run can't be stopped: pid "
                        + left.get(0).pid());
            }
        }
    }

    static void pause() throws InterruptedIOException {
        try {
            TimeUnit.MILLISECONDS.sleep(POLL_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for a server");
        }
    }
}

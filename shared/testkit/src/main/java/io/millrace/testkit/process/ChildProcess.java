package io.millrace.testkit.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A program beside this one, that may be started again and again; what it prints goes to one file. Not thread-safe. */
final class ChildProcess {
    private static final int SHOWN_LINES = 60;

    private final String name;
    private final Path output;
    private @Nullable Process process;

    ChildProcess(String name, Path output) {
        this.name = name;
        this.output = output;
    }

    /** Returns at once. */
    void start(List<String> command, Consumer<Map<String, String>> environment) {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        environment.accept(builder.environment());
        try {
            Files.createDirectories(output.toAbsolutePath().getParent());
            builder.redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
            process = builder.start();
        } catch (IOException problem) {
            throw new IllegalStateException("can't start " + name, problem);
        }
    }

    /** -1 before the first start. */
    long pid() {
        return process == null ? -1 : process.pid();
    }

    boolean isAlive() {
        return process != null && process.isAlive();
    }

    /** SIGTERM, without waiting. */
    void terminate() {
        if (process != null) {
            process.destroy();
        }
    }

    void signal(String signal) {
        try {
            new ProcessBuilder("kill", "-" + signal, Long.toString(pid()))
                    .start()
                    .onExit()
                    .join();
        } catch (IOException problem) {
            throw new IllegalStateException("can't signal " + name, problem);
        }
    }

    /** SIGKILL; returns when it is gone. */
    void kill(Duration within) {
        if (process != null) {
            process.destroyForcibly();
            if (!ended(within)) {
                throw new IllegalStateException(name + " outlived SIGKILL");
            }
        }
    }

    /** Whether it has ended, or ends within that time. */
    boolean ended(Duration within) {
        if (process == null) {
            return true;
        }
        try {
            return process.waitFor(within.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", interrupted);
        }
    }

    /** The end of what it printed. */
    String lastOutput() {
        try {
            List<String> lines = Files.readAllLines(output);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - SHOWN_LINES), lines.size()));
        } catch (IOException unreadable) {
            return "(" + output + " can't be read)";
        }
    }
}

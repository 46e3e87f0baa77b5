package io.millrace.testkit.process;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Any program of this JVM's class path in a JVM of its own, small as a node's is. Not thread-safe. */
public final class JvmProgram implements AutoCloseable {
    private static final Duration STOP = Duration.ofSeconds(20);

    private final ChildProcess program;

    /**
     * Starts it and returns at once.
     *
     * @param name of its log file, {@code NAME.log}
     * @param outputs where that is written
     */
    public JvmProgram(String name, Path outputs, Class<?> main, List<String> arguments) {
        program = new ChildProcess(name, outputs.resolve(name + ".log"));
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(NodeJvm.options());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(arguments);
        program.start(command, environment -> {});
    }

    public long pid() {
        return program.pid();
    }

    public boolean isAlive() {
        return program.isAlive();
    }

    /** The end of what it printed. */
    public String lastOutput() {
        return program.lastOutput();
    }

    @Override
    public void close() {
        program.terminate();
        if (!program.ended(STOP)) {
            program.kill(STOP);
        }
    }
}

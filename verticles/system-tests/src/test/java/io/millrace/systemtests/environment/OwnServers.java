package io.millrace.systemtests.environment;

import io.millrace.backends.EmbeddedBackends;
import io.millrace.backends.RunningBackends;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** The real servers for one class of tests, whose data nobody else sees and nobody keeps. */
public final class OwnServers implements AutoCloseable {
    private final Path data;
    private final RunningBackends running;

    public OwnServers(String name) {
        data = Repository.OUTPUTS.resolve(name + "-data");
        Repository.delete(data);
        try {
            running = new EmbeddedBackends().start(data, line -> {});
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    public RunningBackends running() {
        return running;
    }

    @Override
    public void close() {
        running.close();
        Repository.delete(data);
    }
}

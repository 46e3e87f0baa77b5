package io.millrace.systemtests.environment;

import io.millrace.backends.EmbeddedBackends;
import io.millrace.backends.RunningBackends;
import io.millrace.platform.node.Backends;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** The real servers for one class of tests, whose data nobody else sees and nobody keeps. */
public final class OwnServers implements Backends.Running {
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
    public String postgresUri() {
        return running.postgresUri();
    }

    @Override
    public String redisUri() {
        return running.redisUri();
    }

    @Override
    public String kafkaBootstrap() {
        return running.kafkaBootstrap();
    }

    @Override
    public void close() {
        running.close();
        Repository.delete(data);
    }
}

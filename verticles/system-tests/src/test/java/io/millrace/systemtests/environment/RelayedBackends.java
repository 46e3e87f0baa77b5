package io.millrace.systemtests.environment;

import io.millrace.platform.node.Backends;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Servers that run already, with a {@link PostgresRelay} for each process that is told where PostgreSQL is. */
public final class RelayedBackends implements Backends.Running {
    private final Backends.Running servers;
    private final int postgresPort;
    private final List<PostgresRelay> relays = new CopyOnWriteArrayList<>();

    public RelayedBackends(Backends.Running servers) {
        this.servers = servers;
        this.postgresPort = java.net.URI.create(servers.postgresUri()).getPort();
    }

    /** In the order in which the processes were made. */
    public PostgresRelay relay(int process) {
        return relays.get(process);
    }

    @Override
    public String postgresUri() {
        PostgresRelay relay = new PostgresRelay(postgresPort);
        relays.add(relay);
        return servers.postgresUri().replace(":" + postgresPort + "/", ":" + relay.port() + "/");
    }

    @Override
    public String redisUri() {
        return servers.redisUri();
    }

    @Override
    public String kafkaBootstrap() {
        return servers.kafkaBootstrap();
    }

    /** The servers stay. */
    @Override
    public void close() {
        relays.forEach(PostgresRelay::close);
    }
}

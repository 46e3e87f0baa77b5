package io.millrace.systemtests.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.backends.RunningBackends;
import io.millrace.systemtests.environment.PostgresAccess;
import io.millrace.testkit.gateway.GatewayStandIn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A bot's connection, by the example gateway.yaml: all is one session. */
final class GatewayLoad implements LeasedLoad {
    private static final String GUILD = "81384788765712384";

    private final PostgresAccess stored;
    private final GatewayStandIn gateway = new GatewayStandIn();

    GatewayLoad(RunningBackends servers) throws Exception {
        stored = new PostgresAccess(servers.postgresUri());
    }

    @Override
    public String stage() {
        return "sources";
    }

    @Override
    public String name() {
        return "discord";
    }

    @Override
    public void configure(Path conf, String node) throws IOException {
        Files.writeString(
                conf.resolve("sources/gateway.yaml"),
                Files.readString(conf.resolve("sources/gateway.yaml.example"))
                        .replace(
                                "  token: DISCORD_TOKEN\n",
                                "  token: DISCORD_TOKEN\n  plain: true\n  api: \"" + gateway.api() + "\"\n"));
    }

    @Override
    public Map<String, String> environment() {
        return Map.of("DISCORD_TOKEN", gateway.faults.token);
    }

    @Override
    public void send(int number) throws Exception {
        gateway.message(GUILD, number);
    }

    @Override
    public int arrived() {
        return (int) stored.number("select count(*) from events where source = ?", name());
    }

    private List<String> told() {
        return stored.ask(
                "select e.id from events e join streams s on s.id = e.stream where s.name = ? order by e.pos",
                "guild:" + GUILD);
    }

    @Override
    public void check(int sent) {
        assertEquals(gateway.dispatched, told());
        assertEquals(sent, gateway.dispatched.size());
        assertEquals(1, gateway.identifies.size());
        // A node that hangs can't beat its heart.
        gateway.violations.removeIf(violation -> violation.contains("heartbeat"));
        assertEquals(List.of(), gateway.violations);
    }

    @Override
    public void close() throws Exception {
        gateway.close();
    }
}

package io.millrace.launcher;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.launcher.command.CommandFixture;
import io.millrace.launcher.command.RunCommand;
import io.millrace.platform.settings.Settings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ResourceLock(Resources.SYSTEM_OUT)
@Order(Integer.MAX_VALUE)
class PortCheckTest extends CommandFixture {
    private static NodeSettings settings(Map<String, String> given) throws Exception {
        Map<String, String> all = new HashMap<>(
                Map.of("http.port", "0", "management.port", "0", "cluster.bus.port", "0", "cluster.port", "41000"));
        all.putAll(given);
        return NodeSettings.from(Settings.load(null, Map.of(), all));
    }

    private static ServerSocket taken() throws IOException {
        return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    }

    @ParameterizedTest
    @CsvSource({
        "http.port, HTTP",
        "management.port, metrics and health",
        "cluster.bus.port, the event bus",
        "cluster.port, Hazelcast"
    })
    void aPortThatIsTakenIsNamedWithItsSettingAndWhatToDo(String setting, String use) throws Exception {
        try (ServerSocket other = taken()) {
            String port = Integer.toString(other.getLocalPort());
            NodeSettings node = settings(Map.of(setting, port, "cluster.dns", "millrace.example"));
            String said = String.valueOf(assertThrows(IOException.class, () -> PortCheck.require(node))
                    .getMessage());
            assertTrue(
                    said.contains("port " + port + " on 127.0.0.1 (" + setting + "), for " + use + ": in use"), said);
            assertTrue(said.contains("--set " + setting + "=…"), said);
        }
    }

    @Test
    void allThatAreTakenAreNamedAtOnceAndFreeOnesAreNot() throws Exception {
        try (ServerSocket one = taken();
                ServerSocket two = taken()) {
            NodeSettings node = settings(Map.of(
                    "http.port", Integer.toString(one.getLocalPort()),
                    "cluster.bus.port", Integer.toString(two.getLocalPort()),
                    // Passed over for the next one, as Hazelcast does.
                    "cluster.port", Integer.toString(one.getLocalPort())));
            String said = String.valueOf(assertThrows(IOException.class, () -> PortCheck.require(node))
                    .getMessage());
            assertTrue(said.contains("(http.port)") && said.contains("(cluster.bus.port)"), said);
            assertFalse(said.contains("management"), said);
            assertFalse(said.contains("(cluster.port)"), said);
            assertTrue(said.contains("--set http.port=… --set cluster.bus.port=…, and other data"), said);
        }
        assertDoesNotThrow(() -> PortCheck.require(settings(Map.of())));
    }

    @Test
    void aHostThatIsNotThisOneAndAPortThatIsMeantTwiceAreNamed() throws Exception {
        NodeSettings node = settings(Map.of(
                "http.host",
                "192.0.2.7",
                "http.port",
                "40001",
                "management.port",
                "40002",
                "cluster.bus.port",
                "40002"));
        String said = String.valueOf(
                assertThrows(IOException.class, () -> PortCheck.require(node)).getMessage());
        assertTrue(said.contains("http.host: 192.0.2.7 is not an address of this machine"), said);
        assertTrue(said.contains("port 40002 is meant for both management.port and cluster.bus.port"), said);
    }

    @Test
    void nothingIsStartedWhenAPortIsTaken() throws IOException {
        write("taxi.yaml", "domain: taxi\nnamespaces: { n: { stream: n } }\ntypes: { \"a:b\": { namespace: n } }\n");
        try (ServerSocket other = taken()) {
            Run run = run(
                    new RunCommand(),
                    "--conf",
                    folder,
                    "--pack",
                    folder.resolve("taxi.yaml"),
                    "--data",
                    folder.resolve("data"),
                    "--dev",
                    "--backends",
                    "embedded",
                    "--set",
                    "http.port=" + other.getLocalPort());
            assertEquals(1, run.exit());
            assertTrue(run.err().contains("(http.port)"), run.err());
            assertFalse(Files.exists(folder.resolve("data")), "something was started");
        }
    }
}

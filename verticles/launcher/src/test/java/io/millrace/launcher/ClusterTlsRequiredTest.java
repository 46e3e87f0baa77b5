package io.millrace.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.launcher.command.CheckConfigCommand;
import io.millrace.launcher.command.CommandFixture;
import io.millrace.launcher.command.RunCommand;
import java.io.IOException;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A node whose cluster others reach needs TLS, or an operator who says that it doesn't. */
@ResourceLock(Resources.SYSTEM_OUT)
@Order(Integer.MAX_VALUE)
class ClusterTlsRequiredTest extends CommandFixture {
    @BeforeEach
    void pack() throws IOException {
        write("taxi.yaml", "domain: taxi\nnamespaces: { n: { stream: n } }\ntypes: { \"a:b\": { namespace: n } }\n");
    }

    /** It gets no further than to the check of the ports: the one for HTTP is taken. */
    private Run run(String... more) throws IOException {
        try (ServerSocket other = new ServerSocket(0)) {
            List<Object> arguments = new ArrayList<>(
                    List.of("--conf", folder, "--pack", folder.resolve("taxi.yaml"), "--data", folder.resolve("data")));
            arguments.addAll(List.of("--set", "http.port=" + other.getLocalPort(), "--set", "http.host=0.0.0.0"));
            arguments.addAll(List.of(more));
            Run run = run(new RunCommand(), arguments.toArray());
            assertEquals(1, run.exit());
            return run;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.7", "0.0.0.0", "::"})
    void aNodeWithoutTlsOnAnAddressThatOthersReachIsRefusedWithWhatToDo(String host) throws IOException {
        String said = run("--set", "cluster.host=" + host).err();
        assertTrue(said.startsWith("cluster.host: " + host + " is not a loopback address"), said);
        for (String way : List.of("cluster.tls.cert", "cluster.tls.key", "cluster.tls.ca", "cluster.insecure: true")) {
            assertTrue(said.contains(way), said);
        }
        assertFalse(said.contains("http.port"), "the ports were looked at");
    }

    @Test
    void checkConfigSaysSoToo() {
        Run run = run(
                new CheckConfigCommand(),
                "--conf",
                folder,
                "--pack",
                folder.resolve("taxi.yaml"),
                "--set",
                "cluster.host=192.0.2.7");
        assertEquals(0, run.exit());
        assertTrue(run.err().contains("warning: this node would not start: cluster.host: 192.0.2.7"), run.err());
    }

    @Test
    void whoSaysThatItIsMeantGoesOn() throws IOException {
        String said = run("--set", "cluster.host=0.0.0.0", "--set", "cluster.insecure=true")
                .err();
        assertTrue(said.contains("(http.port)"), said);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "localhost", "::1"})
    void aNodeThatNobodyElseReachesGoesOn(String host) throws IOException {
        assertTrue(run("--set", "cluster.host=" + host).err().contains("(http.port)"));
    }

    @Test
    void developmentGoesOn() throws IOException {
        assertTrue(run("--set", "cluster.host=0.0.0.0", "--dev").err().contains("(http.port)"));
    }
}

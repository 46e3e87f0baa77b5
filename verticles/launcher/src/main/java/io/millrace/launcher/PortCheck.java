package io.millrace.launcher;

import io.millrace.platform.http.HttpSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Checks that the ports of a node are free before anything is started. A port that is taken later still fails the
 * start.
 */
public final class PortCheck {
    /** How many ports Hazelcast tries, one after another. */
    private static final int CLUSTER_PORTS = 100;

    private final List<String> problems = new ArrayList<>();
    private final List<String> settings = new ArrayList<>();
    private final Map<Integer, String> meant = new HashMap<>();

    private PortCheck() {}

    /**
     * Checks all ports.
     *
     * @throws IOException with every port that can't be opened, its setting and what to do
     */
    public static void require(NodeSettings node) throws IOException {
        PortCheck check = new PortCheck();
        HttpSettings http = node.http();
        check.port("http", http.host(), http.port(), "HTTP");
        check.port("management", http.managementHost(), http.managementPort(), "metrics and health");
        if (node.tcp().enabled()) {
            check.port("tcp", node.tcp().host(), node.tcp().port(), "the TCP bridge");
        }
        NodeSettings.ClusterSettings cluster = node.cluster();
        check.setting("cluster.host", "cluster.bus.port", cluster.host(), cluster.busPort(), "the event bus");
        if (cluster.dns() != null) {
            check.setting("cluster.host", "cluster.port", cluster.host(), cluster.port(), "Hazelcast");
        } else {
            check.range(cluster.host(), cluster.port());
        }
        if (check.problems.isEmpty()) {
            return;
        }
        String advice = check.settings.isEmpty()
                ? ""
                : "\nIs another Millrace running here? Stop it, or choose other ports, like --set "
                        + String.join("=… --set ", check.settings) + "=…, and other data, MILLRACE_HOME=DIR.";
        throw new IOException("Millrace can't start:\n  " + String.join("\n  ", check.problems) + advice);
    }

    private void port(String group, String host, int port, String use) {
        setting(group + ".host", group + ".port", host, port, use);
    }

    private void setting(String hostSetting, String portSetting, String host, int port, String use) {
        InetAddress address = address(hostSetting, host);
        if (port == 0 || address == null) {
            return;
        }
        String other = meant.putIfAbsent(port, portSetting);
        if (other != null) {
            problems.add("port " + port + " is meant for both " + other + " and " + portSetting);
            return;
        }
        String why = bind(address, port);
        if (why != null) {
            problems.add("port " + port + " on " + host + " (" + portSetting + "), for " + use + ": " + why);
            settings.add(portSetting);
        }
    }

    private void range(String host, int first) {
        InetAddress address = address("cluster.host", host);
        int last = Math.min(65_535, first + CLUSTER_PORTS - 1);
        for (int port = first; address != null && port <= last; port++) {
            if (bind(address, port) == null) {
                return;
            }
        }
        if (address != null) {
            problems.add(
                    "ports " + first + " to " + last + " on " + host + " (cluster.port), for Hazelcast: all in use");
            settings.add("cluster.port");
        }
    }

    /** The address; null, with a mistake, if it isn't one of this machine. */
    private @Nullable InetAddress address(String setting, String host) {
        try {
            InetAddress address = InetAddress.getByName(host);
            if (address.isAnyLocalAddress() || NetworkInterface.getByInetAddress(address) != null) {
                return address;
            }
            problem(setting + ": " + host + " is not an address of this machine");
        } catch (UnknownHostException unknown) {
            problem(setting + ": there is no host called " + host);
        } catch (IOException unseen) {
            problem(setting + ": " + host + ": " + unseen.getMessage());
        }
        return null;
    }

    private void problem(String text) {
        if (!problems.contains(text)) {
            problems.add(text);
        }
    }

    /** Why the port can't be opened; null if it can. */
    private static @Nullable String bind(InetAddress address, int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(address, port));
            return null;
        } catch (IOException failed) {
            String why = String.valueOf(failed.getMessage());
            return why.contains("in use") ? "in use" : why;
        }
    }
}

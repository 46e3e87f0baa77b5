package io.millrace.launcher;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.cluster.NodeStatus;
import io.millrace.contracts.cluster.TaskStatus;
import io.millrace.contracts.text.Micros;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.node.Health;
import io.millrace.platform.node.Stage;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Publishes how this node is, for operators. */
final class NodeReporter extends VerticleBase {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Bus bus;
    private final Health health;
    private final List<String> names;
    private final List<Stage> stages;
    private final String node;
    private final String version;
    private final long startedMicros = Micros.now();

    /**
     * @param names of the stages, in event order
     * @param stages those that run; added to while the node starts, on another thread
     */
    NodeReporter(Bus bus, Health health, List<String> names, List<Stage> stages) {
        this.bus = bus;
        this.health = health;
        this.names = List.copyOf(names);
        this.stages = stages;
        // Containers may share a host name, and each has a process 1.
        this.node = host() + "/" + ProcessHandle.current().pid() + "-" + Integer.toHexString(RANDOM.nextInt());
        this.version =
                Objects.requireNonNullElse(NodeReporter.class.getPackage().getImplementationVersion(), "development");
    }

    private static String host() {
        String pod = System.getenv("HOSTNAME");
        if (pod != null && !pod.isBlank()) {
            return pod;
        }
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException nameless) {
            return "localhost";
        }
    }

    /** This node's name. */
    String node() {
        return node;
    }

    @Override
    public Future<?> start() {
        vertx.setPeriodic(0, NodeStatus.INTERVAL_MS, timer -> publish(false));
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        publish(true);
        return Future.succeededFuture();
    }

    private void publish(boolean leaving) {
        List<NodeStatus.Problem> problems = new ArrayList<>();
        add(health.notReady(), problems);
        add(health.degraded(), problems);
        List<TaskStatus> sources = new ArrayList<>();
        List<TaskStatus> sinks = new ArrayList<>();
        if (!leaving) {
            stages.forEach(stage -> sources.addAll(stage.sources()));
            stages.forEach(stage -> sinks.addAll(stage.sinks()));
        }
        bus.publish(
                Addresses.NODES,
                new NodeStatus(node, version, startedMicros, leaving, names, problems, sources, sinks));
    }

    private static void add(JsonObject reasons, List<NodeStatus.Problem> problems) {
        reasons.forEach(
                reason -> problems.add(new NodeStatus.Problem(reason.getKey(), String.valueOf(reason.getValue()))));
    }
}

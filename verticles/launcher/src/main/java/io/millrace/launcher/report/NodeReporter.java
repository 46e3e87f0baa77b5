package io.millrace.launcher.report;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.cluster.NodeConfiguration;
import io.millrace.contracts.cluster.NodeStatus;
import io.millrace.contracts.cluster.TaskStatus;
import io.millrace.contracts.text.Micros;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.node.Health;
import io.millrace.platform.node.Stage;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Publishes how this node is, and answers with its settings, for operators. */
public final class NodeReporter extends VerticleBase {
    private final Bus bus;
    private final Health health;
    private final List<String> names;
    private final List<Stage> stages;
    private final StageFigures figures;
    private final NodeConfiguration configuration;
    private final String node;
    private final String version;
    private final long startedMicros = Micros.now();

    /**
     * @param node the name of this node
     * @param names of the stages, in event order
     * @param stages those that run; added to while the node starts, on another thread
     * @param configuration what is answered to operators who ask for the settings
     */
    public NodeReporter(
            String node,
            Bus bus,
            Health health,
            List<String> names,
            List<Stage> stages,
            StageFigures figures,
            NodeConfiguration configuration) {
        this.bus = bus;
        this.health = health;
        this.names = List.copyOf(names);
        this.stages = stages;
        this.figures = figures;
        this.configuration = configuration;
        this.node = node;
        this.version =
                Objects.requireNonNullElse(NodeReporter.class.getPackage().getImplementationVersion(), "development");
    }

    @Override
    public Future<?> start() {
        vertx.setPeriodic(0, NodeStatus.INTERVAL_MS, timer -> publish(false));
        return bus.serve(Addresses.configuration(node), query -> Future.succeededFuture(configuration));
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
                new NodeStatus(node, version, startedMicros, leaving, names, problems, sources, sinks, figures.now()));
    }

    private static void add(JsonObject reasons, List<NodeStatus.Problem> problems) {
        reasons.forEach(
                reason -> problems.add(new NodeStatus.Problem(reason.getKey(), String.valueOf(reason.getValue()))));
    }
}

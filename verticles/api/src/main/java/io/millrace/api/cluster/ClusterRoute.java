package io.millrace.api.cluster;

import io.millrace.contracts.cluster.NodeStatus;
import io.millrace.contracts.cluster.TaskStatus;
import io.millrace.contracts.text.Micros;
import io.millrace.domain.DomainModel;
import io.millrace.domain.access.Role;
import io.millrace.platform.auth.Principal;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.function.Function;

/** {@code GET /api/cluster}: the nodes, and the sources and sinks on them, for roles that manage the cluster. */
public final class ClusterRoute {
    private final DomainModel domains;
    private final ClusterNodes nodes;

    public ClusterRoute(DomainModel domains, ClusterNodes nodes) {
        this.domains = domains;
        this.nodes = nodes;
    }

    /** A source or a sink on a node. */
    private record Placed(String node, TaskStatus task) {}

    public Future<JsonObject> answer(RoutingContext ctx, Principal who) {
        if (!domains.rights().mayManage(who.roles(), Role.CLUSTER)) {
            throw who.refusal("none of your roles manages the cluster");
        }
        JsonArray shown = new JsonArray();
        nodes.all().forEach(node -> shown.add(node(node)));
        return Future.succeededFuture(new JsonObject()
                .put("nodes", shown)
                .put("sources", placed("source", NodeStatus::sources))
                .put("sinks", sinks()));
    }

    /** The sinks with their states, by their names. */
    public JsonArray sinks() {
        return placed("sink", NodeStatus::sinks);
    }

    private JsonArray placed(String what, Function<NodeStatus, List<TaskStatus>> tasks) {
        List<Placed> placed = new ArrayList<>();
        for (NodeStatus node : nodes.all()) {
            tasks.apply(node).forEach(status -> placed.add(new Placed(node.node(), status)));
        }
        return byName(what, placed);
    }

    private static JsonArray byName(String what, List<Placed> placed) {
        TreeMap<String, List<Placed>> names = new TreeMap<>();
        placed.forEach(each -> names.computeIfAbsent(each.task().name(), name -> new ArrayList<>())
                .add(each));
        JsonArray listed = new JsonArray();
        names.values().forEach(nodes -> listed.add(named(what, nodes)));
        return listed;
    }

    private static JsonObject node(NodeStatus node) {
        JsonArray problems = new JsonArray();
        node.problems()
                .forEach(problem -> problems.add(
                        new JsonObject().put("part", problem.part()).put("message", problem.message())));
        JsonObject shown = new JsonObject()
                .put("node", node.node())
                .put("version", node.version())
                .put("started", Micros.text(node.startedMicros()))
                .put("stages", new JsonArray(node.stages()))
                .put("problems", problems);
        return node.figures() == null ? shown : shown.put("figures", figures(node.figures()));
    }

    /** By stage. */
    private static JsonObject figures(List<NodeStatus.Figure> figures) {
        JsonObject stages = new JsonObject();
        for (NodeStatus.Figure figure : figures) {
            if (!stages.containsKey(figure.stage())) {
                stages.put(figure.stage(), new JsonObject());
            }
            stages.getJsonObject(figure.stage()).put(figure.name(), figure.value());
        }
        return stages;
    }

    /** The state of a source or sink is that of the node that does most of it. */
    private static JsonObject named(String what, List<Placed> placed) {
        TaskStatus first = placed.get(0).task();
        TaskStatus.State state = placed.stream()
                .map(each -> each.task().state())
                .max(Comparator.naturalOrder())
                .orElseThrow();
        JsonArray nodes = new JsonArray();
        placed.forEach(each -> nodes.add(on(each)));
        return new JsonObject()
                .put(what, first.name())
                .put("kind", first.kind())
                .put("state", word(state))
                .put("nodes", nodes);
    }

    private static JsonObject on(Placed placed) {
        TaskStatus task = placed.task();
        JsonObject shown = new JsonObject().put("node", placed.node()).put("state", word(task.state()));
        if (task.lag() >= 0) {
            shown.put("lag", task.lag());
        }
        if (task.problem() != null) {
            shown.put("problem", task.problem());
        }
        if (task.lastMessageMs() > 0) {
            shown.put("lastMessage", Micros.text(task.lastMessageMs() * 1_000));
        }
        if (task.lastError() != null) {
            shown.put(
                    "lastError",
                    new JsonObject()
                            .put("at", Micros.text(task.lastErrorMs() * 1_000))
                            .put("message", task.lastError()));
        }
        return shown;
    }

    private static String word(TaskStatus.State state) {
        return state.name().toLowerCase(Locale.ROOT);
    }
}

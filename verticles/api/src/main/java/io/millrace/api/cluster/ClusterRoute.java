package io.millrace.api.cluster;

import io.millrace.contracts.cluster.NodeStatus;
import io.millrace.contracts.cluster.SourceStatus;
import io.millrace.contracts.text.Micros;
import io.millrace.domain.DomainModel;
import io.millrace.domain.access.Role;
import io.millrace.platform.auth.Principal;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/** {@code GET /api/cluster}: the nodes, and the sources on them, for roles that manage the cluster. */
public final class ClusterRoute {
    private final DomainModel domains;
    private final ClusterNodes nodes;

    public ClusterRoute(DomainModel domains, ClusterNodes nodes) {
        this.domains = domains;
        this.nodes = nodes;
    }

    /** A source on a node. */
    private record Placed(String node, SourceStatus status) {}

    public Future<JsonObject> answer(RoutingContext ctx, Principal who) {
        if (!domains.mayManage(who.roles(), Role.CLUSTER)) {
            throw who.refusal("none of your roles manages the cluster");
        }
        List<NodeStatus> all = nodes.all();
        TreeMap<String, List<Placed>> sources = new TreeMap<>();
        JsonArray shown = new JsonArray();
        for (NodeStatus node : all) {
            shown.add(node(node));
            node.sources()
                    .forEach(status -> sources.computeIfAbsent(status.source(), name -> new java.util.ArrayList<>())
                            .add(new Placed(node.node(), status)));
        }
        JsonArray listed = new JsonArray();
        sources.values().forEach(placed -> listed.add(source(placed)));
        return Future.succeededFuture(new JsonObject().put("nodes", shown).put("sources", listed));
    }

    private static JsonObject node(NodeStatus node) {
        JsonArray problems = new JsonArray();
        node.problems()
                .forEach(problem -> problems.add(
                        new JsonObject().put("part", problem.part()).put("message", problem.message())));
        return new JsonObject()
                .put("node", node.node())
                .put("version", node.version())
                .put("started", Micros.text(node.startedMicros()))
                .put("stages", new JsonArray(node.stages()))
                .put("problems", problems);
    }

    /** The state of a source is that of the node that does most of it. */
    private static JsonObject source(List<Placed> placed) {
        SourceStatus first = placed.get(0).status();
        SourceStatus.State state = placed.stream()
                .map(each -> each.status().state())
                .max(Comparator.naturalOrder())
                .orElseThrow();
        JsonArray nodes = new JsonArray();
        placed.forEach(each -> nodes.add(on(each)));
        return new JsonObject()
                .put("source", first.source())
                .put("kind", first.kind())
                .put("state", word(state))
                .put("nodes", nodes);
    }

    private static JsonObject on(Placed placed) {
        SourceStatus status = placed.status();
        JsonObject shown = new JsonObject().put("node", placed.node()).put("state", word(status.state()));
        if (status.lag() >= 0) {
            shown.put("lag", status.lag());
        }
        if (status.problem() != null) {
            shown.put("problem", status.problem());
        }
        if (status.lastMessageMs() > 0) {
            shown.put("lastMessage", Micros.text(status.lastMessageMs() * 1_000));
        }
        if (status.lastError() != null) {
            shown.put(
                    "lastError",
                    new JsonObject()
                            .put("at", Micros.text(status.lastErrorMs() * 1_000))
                            .put("message", status.lastError()));
        }
        return shown;
    }

    private static String word(SourceStatus.State state) {
        return state.name().toLowerCase(Locale.ROOT);
    }
}

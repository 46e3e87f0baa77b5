package io.millrace.api.cluster;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.cluster.NodeConfiguration;
import io.millrace.contracts.cluster.NodeConfigurationQuery;
import io.millrace.contracts.cluster.NodeStatus;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.domain.access.Role;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.node.NodeContext;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code GET /api/configuration}: the settings of a node, for roles that manage the cluster. */
public final class ConfigurationRoute {
    private final NodeContext node;
    private final ClusterNodes nodes;

    public ConfigurationRoute(NodeContext node, ClusterNodes nodes) {
        this.node = node;
        this.nodes = nodes;
    }

    public Future<JsonObject> answer(RoutingContext ctx, Principal who) {
        if (!node.domains().rights().mayManage(who.roles(), Role.CLUSTER)) {
            throw who.refusal("none of your roles manages the cluster");
        }
        String asked = find(ctx.request().getParam("node")).node();
        return node.bus()
                .request(Addresses.configuration(asked), new NodeConfigurationQuery())
                .map(answer -> json(asked, answer));
    }

    /** The node of that name, which has to be there: else anybody could name any address of the bus. */
    private NodeStatus find(@Nullable String name) {
        List<NodeStatus> all = nodes.all();
        NodeStatus found = all.stream()
                .filter(each -> name == null || each.node().equals(name))
                .findFirst()
                .orElseThrow(() -> name == null
                        ? new MillraceException(Failure.UNAVAILABLE, "no node has said that it is there; try again")
                        : new MillraceException(Failure.NOT_FOUND, "there is no such node; /api/cluster lists them"));
        if (found.figures() == null) {
            throw new MillraceException(
                    Failure.NOT_FOUND, "node " + found.node() + " is of a release that doesn't tell its settings");
        }
        return found;
    }

    private static JsonObject json(String asked, NodeConfiguration answer) {
        JsonArray settings = new JsonArray();
        for (NodeConfiguration.Setting setting : answer.settings()) {
            JsonObject shown = new JsonObject().put("setting", setting.name());
            if (setting.value() != null) {
                shown.put("value", setting.value());
            }
            if (!setting.fallback().isEmpty()) {
                shown.put("default", setting.fallback());
            }
            shown.put("source", setting.source()).put("kind", setting.kind());
            settings.add(setting.range().isEmpty() ? shown : shown.put("range", setting.range()));
        }
        return new JsonObject().put("node", asked).put("settings", settings);
    }
}

package io.millrace.broadcast.transport;

import io.millrace.contracts.connection.NodeInfo;
import io.millrace.domain.access.Role;
import io.millrace.platform.http.ProblemResponses;
import io.millrace.platform.http.server.HttpServerVerticle;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** {@code GET /api/ws/info} for everyone; {@code GET /api/ws/stats} of the whole cluster for operators. */
public final class InfoRoutes {
    /** The role of a connection without a token. */
    private static final String PUBLIC = "public";

    private final TransportContext transports;

    public InfoRoutes(TransportContext transports) {
        this.transports = transports;
    }

    public void info(RoutingContext ctx) {
        String version = InfoRoutes.class.getPackage().getImplementationVersion();
        send(
                        ctx,
                        new JsonObject()
                                .put("name", "millrace")
                                .put("status", transports.node().health().isDraining() ? "draining" : "operational")
                                .put("version", version == null ? "development" : version)
                                .put("protocol", 1)
                                .put(
                                        "heartbeat",
                                        transports.settings().heartbeat().toMillis())
                                .put("transports", transportNames())
                                .put(
                                        "features",
                                        new JsonArray(List.of(
                                                "filter",
                                                "state",
                                                "delta",
                                                "rate",
                                                "slow",
                                                "presence",
                                                "publish",
                                                "after-time")))
                                .put("maxEvent", transports.node().domains().maxEvent())
                                .put("maxMessage", HttpServerVerticle.MAX_MESSAGE))
                .onFailure(error -> ProblemResponses.answer(ctx, error));
    }

    private JsonArray transportNames() {
        JsonArray names = new JsonArray(new ArrayList<>(List.of("websocket", "sse", "poll", "sockjs")));
        return transports.settings().tcp().enabled() ? names.add("tcp") : names;
    }

    public void stats(RoutingContext ctx) {
        transports
                .node()
                .tokens()
                .ofHeader(ctx.request().getHeader(HttpHeaders.AUTHORIZATION))
                .compose(principal -> {
                    if (!transports.node().domains().rights().mayManage(principal.roles(), Role.CONNECTIONS)) {
                        throw principal.refusal("none of your roles may see who is connected");
                    }
                    return send(ctx, stats(transports.peers().all()));
                })
                .onFailure(error -> ProblemResponses.answer(ctx, error));
    }

    private static JsonObject stats(List<NodeInfo> peers) {
        JsonObject byRole = new JsonObject();
        JsonObject byTransport = new JsonObject();
        JsonObject byNamespace = new JsonObject();
        JsonArray nodes = new JsonArray();
        int connections = 0;
        for (NodeInfo peer : peers) {
            int here = 0;
            for (NodeInfo.Count count : peer.counts()) {
                switch (count.kind()) {
                    case CONNECTIONS -> here = count.number();
                    case ROLE -> add(byRole, count);
                    case TRANSPORT -> add(byTransport, count);
                    case NAMESPACE -> add(byNamespace, count);
                }
            }
            connections += here;
            nodes.add(new JsonObject()
                    .put("node", peer.node())
                    .put("connections", here)
                    .put(
                            "since",
                            Instant.EPOCH
                                    .plus(peer.sinceMicros(), ChronoUnit.MICROS)
                                    .toString()));
        }
        JsonObject namespaces = new JsonObject();
        byNamespace.forEach(one -> namespaces.put(one.getKey(), new JsonObject().put("subscriptions", one.getValue())));
        return new JsonObject()
                .put("connections", connections)
                .put("authenticated", identified(byTransport) - byRole.getInteger(PUBLIC, 0))
                .put("byRole", byRole)
                .put("byTransport", byTransport)
                .put("byNamespace", namespaces)
                .put("nodes", nodes);
    }

    /** Of the connections those that aren't still asked who they are. */
    private static int identified(JsonObject byTransport) {
        return byTransport.stream()
                .mapToInt(transport -> (Integer) transport.getValue())
                .sum();
    }

    private static void add(JsonObject counts, NodeInfo.Count count) {
        counts.put(count.name(), counts.getInteger(count.name(), 0) + count.number());
    }

    private static Future<Void> send(RoutingContext ctx, JsonObject body) {
        return ctx.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .putHeader(HttpHeaders.CACHE_CONTROL, "private, no-store")
                .end(body.toBuffer());
    }
}

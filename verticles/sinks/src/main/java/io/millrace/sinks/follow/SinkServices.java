package io.millrace.sinks.follow;

import io.millrace.platform.delivery.PositionCipher;
import io.millrace.platform.delivery.SystemAlerts;
import io.millrace.platform.node.NodeContext;
import io.millrace.sinks.message.FollowSettings;
import io.vertx.sqlclient.Pool;

/**
 * What the sinks of a node share. Belongs to one event loop.
 *
 * @param pool connections that can write
 * @param seal of the same key as that of the node's clients
 */
public record SinkServices(
        NodeContext node,
        FollowSettings follow,
        Pool pool,
        SinkPositions positions,
        PositionCipher seal,
        SystemAlerts alerts) {}

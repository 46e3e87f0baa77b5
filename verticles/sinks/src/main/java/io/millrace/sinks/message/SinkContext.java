package io.millrace.sinks.message;

import io.millrace.platform.delivery.SystemAlerts;
import io.millrace.platform.node.NodeContext;
import io.millrace.postgres.lease.Lease;
import io.vertx.sqlclient.Pool;

/**
 * What a target may need.
 *
 * @param pool connections that can write
 * @param lookup reads an event again
 */
public record SinkContext(
        NodeContext node,
        Lease lease,
        SinkMetrics metrics,
        FollowSettings follow,
        Pool pool,
        EventLookup lookup,
        SystemAlerts alerts) {}

package io.millrace.contracts.wire;

import io.millrace.contracts.connection.ConnectionCommand;
import io.millrace.contracts.connection.ConnectionCommandResult;
import io.millrace.contracts.connection.ConnectionInfo;
import io.millrace.contracts.connection.ConnectionPage;
import io.millrace.contracts.connection.ConnectionQuery;
import io.millrace.contracts.connection.NodeInfo;
import io.millrace.contracts.connection.Ticket;
import io.millrace.contracts.connection.TicketToken;
import io.millrace.contracts.entity.EntityHistory;
import io.millrace.contracts.entity.EntityHistoryQuery;
import io.millrace.contracts.entity.EntitySnapshot;
import io.millrace.contracts.entity.EntitySnapshotQuery;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.event.PublishRequest;
import io.millrace.contracts.journey.Deliveries;
import io.millrace.contracts.journey.DeliveryQuery;
import io.millrace.contracts.journey.DeliverySummary;
import io.millrace.contracts.journey.DeliverySummaryQuery;
import io.millrace.contracts.stream.PositionAtTime;
import io.millrace.contracts.stream.PositionAtTimeQuery;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Records about connections and what they were delivered. */
final class ConnectionSamples {
    private ConnectionSamples() {}

    static List<Record> all() {
        List<Record> all = new ArrayList<>(connections());
        all.addAll(ofConnections());
        all.addAll(ofAllConnections());
        return all;
    }

    private static List<Record> ofConnections() {
        return List.of(
                new PublishRequest(
                        "c-4",
                        Set.of("customer", "staff"),
                        Samples.bytes("{\"rooms\":[]}"),
                        List.of(Samples.bytes("{\"type\":\"a:b\",\"data\":{}}"), Samples.bytes(""))),
                new PublishRequest(null, Set.of(), Samples.bytes(""), List.of()),
                new Ticket("t-1", true),
                new TicketToken("e30.e30.e30"),
                new NodeInfo("node-1", 1, true, List.of(), List.of()),
                new NodeInfo(
                        "node-2",
                        Long.MAX_VALUE,
                        false,
                        List.of(new NodeInfo.Count(NodeInfo.Kind.NAMESPACE, "orders", 3)),
                        List.of(new NodeInfo.PresentUser("room:42", "c-4", 2, 1))),
                new EntitySnapshotQuery("orders", 10_000),
                new EntitySnapshotQuery(
                        "orders", 7, new EntitySnapshotQuery.View("anna", Set.of("product"), Set.of("order"))),
                new EntitySnapshot("nobody", Position.EMPTY, List.of(), true),
                new EntitySnapshot(
                        "orders",
                        Samples.POSITION,
                        List.of(new EntitySnapshot.Entity(
                                new EntityRef("order", "orders", "o-17"), 3, Samples.bytes("{\"total\":1}"))),
                        false),
                new PositionAtTimeQuery("orders", Long.MAX_VALUE),
                new PositionAtTime(Samples.POSITION, true),
                new PositionAtTime(Position.EMPTY, false),
                new DeliveryQuery(Samples.FULL.envelope(), Samples.POSITION, "c-4", null),
                new DeliveryQuery(Samples.BARE, Position.EMPTY, null, "connection-1"),
                new Deliveries(List.of(
                        new Deliveries.Delivery("connection-1", "node-1", Deliveries.DeliveryStatus.CONFLATED, 1),
                        new Deliveries.Delivery("", "", Deliveries.DeliveryStatus.NOT_CONNECTED, 0))));
    }

    private static List<Record> ofAllConnections() {
        return List.of(
                new DeliverySummaryQuery(Samples.FULL.envelope(), Samples.POSITION, 3),
                new DeliverySummary(List.of(
                        new DeliverySummary.Node(
                                "node-1",
                                DeliverySummary.Trace.UNMATCHED,
                                List.of(new DeliverySummary.Outcome(
                                        Deliveries.DeliveryStatus.FILTERED,
                                        Long.MAX_VALUE,
                                        List.of(new DeliverySummary.Example("connection-1", "c-4", 1))))),
                        new DeliverySummary.Node("", DeliverySummary.Trace.UNANSWERED, List.of()))),
                new EntityHistoryQuery(new EntityRef("order", "orders", "o-17"), Long.MAX_VALUE, 100, 1L << 40),
                new EntityHistory(
                        List.of(
                                new EntityHistory.Change(
                                        2, Samples.FULL.envelope(), Samples.POSITION, 1, null, "{\"total\":1}"),
                                new EntityHistory.Change(1, Samples.BARE, Position.EMPTY, 0, "{\"total\":1}", null)),
                        false));
    }

    private static List<Record> connections() {
        ConnectionInfo full = new ConnectionInfo(
                "connection-1",
                "host/1",
                "c-4",
                List.of("staff", "customer"),
                "websocket",
                1_769_851_800_123_000L,
                Long.MAX_VALUE,
                new ConnectionInfo.Lag(1, 2, 3),
                new ConnectionInfo.LastError("rate_limited", "too much", 5),
                7,
                List.of(new ConnectionInfo.SubscriptionInfo(
                        "orders", true, 0.5, ConnectionInfo.SubscriptionInfo.State.LAGGING, 9, 11)));
        ConnectionInfo bare = new ConnectionInfo(
                "", "", "", List.of(), "", 0, 0, new ConnectionInfo.Lag(0, 0, 0), null, 0, List.of());
        return List.of(
                new ConnectionQuery("connection-1", "c-4", "staff", "sse", "orders", "host/1", 100),
                new ConnectionQuery(null, null, null, null, null, null, 1),
                new ConnectionPage(
                        List.of(full, bare),
                        2,
                        List.of("node-2"),
                        100,
                        List.of(new ConnectionPage.ReadTimes("orders", List.of(0L, 1L, Long.MAX_VALUE)))),
                new ConnectionPage(List.of(), 0, List.of(), 0, List.of()),
                ConnectionCommand.disconnect("connection-1", null, "op"),
                ConnectionCommand.disconnect(null, "c-4", "op"),
                ConnectionCommand.denied("u", "POST /api/connections/disconnect"),
                new ConnectionCommandResult(3, List.of("node-2")));
    }
}

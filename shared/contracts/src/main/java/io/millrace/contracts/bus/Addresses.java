package io.millrace.contracts.bus;

import io.millrace.contracts.alert.AlertCommand;
import io.millrace.contracts.alert.AlertMarks;
import io.millrace.contracts.alert.AlertReport;
import io.millrace.contracts.cluster.NodeConfiguration;
import io.millrace.contracts.cluster.NodeConfigurationQuery;
import io.millrace.contracts.cluster.NodeStatus;
import io.millrace.contracts.connection.ConnectionCommand;
import io.millrace.contracts.connection.ConnectionCommandResult;
import io.millrace.contracts.connection.ConnectionPage;
import io.millrace.contracts.connection.ConnectionQuery;
import io.millrace.contracts.connection.NodeInfo;
import io.millrace.contracts.connection.Ticket;
import io.millrace.contracts.connection.TicketToken;
import io.millrace.contracts.deadletter.DeadLetterActPage;
import io.millrace.contracts.deadletter.DeadLetterActQuery;
import io.millrace.contracts.deadletter.DeadLetterCommand;
import io.millrace.contracts.deadletter.DeadLetterCommandResult;
import io.millrace.contracts.deadletter.DeadLetterPage;
import io.millrace.contracts.deadletter.DeadLetterQuery;
import io.millrace.contracts.deadletter.DeadLetterReport;
import io.millrace.contracts.entity.EntityHistory;
import io.millrace.contracts.entity.EntityHistoryQuery;
import io.millrace.contracts.entity.EntityListQuery;
import io.millrace.contracts.entity.EntityPage;
import io.millrace.contracts.entity.EntityQuery;
import io.millrace.contracts.entity.EntitySnapshot;
import io.millrace.contracts.entity.EntitySnapshotQuery;
import io.millrace.contracts.entity.EntityState;
import io.millrace.contracts.event.CommittedBatch;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.event.PublishRequest;
import io.millrace.contracts.journey.Deliveries;
import io.millrace.contracts.journey.DeliveryQuery;
import io.millrace.contracts.journey.DeliverySummary;
import io.millrace.contracts.journey.DeliverySummaryQuery;
import io.millrace.contracts.journey.JourneyQuery;
import io.millrace.contracts.journey.Journeys;
import io.millrace.contracts.kpi.KpiQuery;
import io.millrace.contracts.kpi.KpiRows;
import io.millrace.contracts.kpi.KpiValues;
import io.millrace.contracts.kpi.KpiValuesQuery;
import io.millrace.contracts.revocation.RevocationCommand;
import io.millrace.contracts.revocation.RevocationPage;
import io.millrace.contracts.revocation.RevocationQuery;
import io.millrace.contracts.sink.SinkCommand;
import io.millrace.contracts.sink.SinkCommandResult;
import io.millrace.contracts.sink.SinkPage;
import io.millrace.contracts.sink.SinkQuery;
import io.millrace.contracts.stream.Heads;
import io.millrace.contracts.stream.HeadsQuery;
import io.millrace.contracts.stream.HistoryPage;
import io.millrace.contracts.stream.HistoryQuery;
import io.millrace.contracts.stream.PositionAtTime;
import io.millrace.contracts.stream.PositionAtTimeQuery;
import io.millrace.contracts.stream.StreamsQuery;
import java.util.List;
import java.util.stream.IntStream;

/** The typed addresses between stages, in event order. */
public final class Addresses {
    /** The public address, in JSON, to which microservices send events. */
    public static final String INGEST = "millrace.ingest";

    /** Events that clients publish over their connections, and those of sources. */
    public static final Address<PublishRequest, Outcomes> PUBLISH =
            new Address<>("millrace.publish", PublishRequest.class, Outcomes.class);

    /** Validated events, to be sent on the path of their priority. */
    public static final Address<EventBatch, Outcomes> ROUTE =
            new Address<>("millrace.route", EventBatch.class, Outcomes.class);

    /** Events to be committed now. */
    public static final Address<EventBatch, Outcomes> COMMIT =
            new Address<>("millrace.commit", EventBatch.class, Outcomes.class);

    /** Events that a stage dropped before the commit because they had expired; answered when that is recorded. */
    public static final Address<EventBatch, Outcomes> EXPIRED_EVENTS =
            new Address<>("millrace.expired", EventBatch.class, Outcomes.class);

    /** The journey of an event, as far as PostgreSQL has it. */
    public static final Address<JourneyQuery, Journeys> JOURNEY =
            new Address<>("millrace.journey", JourneyQuery.class, Journeys.class);

    /** The journey of an event that is still in the durable queue. */
    public static final Address<JourneyQuery, Journeys> QUEUE_SEARCH =
            new Address<>("millrace.queue.search", JourneyQuery.class, Journeys.class);

    public static final Address<HistoryQuery, HistoryPage> HISTORY =
            new Address<>("millrace.history", HistoryQuery.class, HistoryPage.class);

    public static final Address<HeadsQuery, Heads> HEADS =
            new Address<>("millrace.heads", HeadsQuery.class, Heads.class);

    /** Streams by their names, or by how their names begin. */
    public static final Address<StreamsQuery, Heads> STREAMS =
            new Address<>("millrace.streams", StreamsQuery.class, Heads.class);

    /** The present entities of a stream. */
    public static final Address<EntitySnapshotQuery, EntitySnapshot> STATE =
            new Address<>("millrace.state", EntitySnapshotQuery.class, EntitySnapshot.class);

    /** The position of a stream at a time. */
    public static final Address<PositionAtTimeQuery, PositionAtTime> POSITION_AT =
            new Address<>("millrace.position-at", PositionAtTimeQuery.class, PositionAtTime.class);

    /** Whether an event reached a user or a connection, on all nodes. */
    public static final Address<DeliveryQuery, Deliveries> DELIVERY =
            new Address<>("millrace.delivery", DeliveryQuery.class, Deliveries.class);

    /** What became of an event at all connections, on all nodes. */
    public static final Address<DeliverySummaryQuery, DeliverySummary> DELIVERY_SUMMARY =
            new Address<>("millrace.delivery-summary", DeliverySummaryQuery.class, DeliverySummary.class);

    /** An entity from PostgreSQL, past every cache. */
    public static final Address<EntityQuery, EntityState> ENTITY =
            new Address<>("millrace.entity", EntityQuery.class, EntityState.class);

    /** The entities of a kind in a stream, page by page. */
    public static final Address<EntityListQuery, EntityPage> ENTITIES =
            new Address<>("millrace.entities", EntityListQuery.class, EntityPage.class);

    /** The changes of an entity, newest first. */
    public static final Address<EntityHistoryQuery, EntityHistory> ENTITY_HISTORY =
            new Address<>("millrace.entity.history", EntityHistoryQuery.class, EntityHistory.class);

    /** An entity from the nearest cache that has it. */
    public static final Address<EntityQuery, EntityState> CACHE =
            new Address<>("millrace.cache", EntityQuery.class, EntityState.class);

    /** The totals of the packs' KPIs, or their periods. */
    public static final Address<KpiQuery, KpiRows> KPIS = new Address<>("millrace.kpis", KpiQuery.class, KpiRows.class);

    /** The present values of KPIs, as they were published last. */
    public static final Address<KpiValuesQuery, KpiValues> KPI_VALUES =
            new Address<>("millrace.kpis.values", KpiValuesQuery.class, KpiValues.class);

    /** Published when values of KPIs have changed, at the pace of each. */
    public static final Address<KpiValues, Void> KPI_CHANGES =
            new Address<>("millrace.kpis.changes", KpiValues.class, Void.class);

    /** The dead letters, newest first. */
    public static final Address<DeadLetterQuery, DeadLetterPage> DEAD_LETTERS =
            new Address<>("millrace.deadletters", DeadLetterQuery.class, DeadLetterPage.class);

    /** Commands of operators about dead letters. */
    public static final Address<DeadLetterCommand, DeadLetterCommandResult> DEAD_LETTER_COMMANDS =
            new Address<>("millrace.deadletters.commands", DeadLetterCommand.class, DeadLetterCommandResult.class);

    /** The audit of dead letters, newest first, with the acts that are under way. */
    public static final Address<DeadLetterActQuery, DeadLetterActPage> DEAD_LETTER_ACTS =
            new Address<>("millrace.deadletters.acts", DeadLetterActQuery.class, DeadLetterActPage.class);

    /** A message of which a source could make no event; answered when it is stored as a dead letter. */
    public static final Address<DeadLetterReport, DeadLetterCommandResult> DEAD_LETTER_REPORTS =
            new Address<>("millrace.deadletters.reports", DeadLetterReport.class, DeadLetterCommandResult.class);

    /** A dead letter of a source, to be made an event again; answered with the events' outcomes. */
    public static final Address<DeadLetterReport, Outcomes> SOURCE_MESSAGES =
            new Address<>("millrace.sources.messages", DeadLetterReport.class, Outcomes.class);

    /** Which tokens are revoked. */
    public static final Address<RevocationQuery, RevocationPage> REVOCATIONS =
            new Address<>("millrace.revocations", RevocationQuery.class, RevocationPage.class);

    /** What an operator does about revocations. */
    public static final Address<RevocationCommand, RevocationPage> REVOCATION_COMMANDS =
            new Address<>("millrace.revocations.commands", RevocationCommand.class, RevocationPage.class);

    /** Published when the list has changed: its new version, without the list. */
    public static final Address<RevocationPage, Void> REVOCATIONS_CHANGED =
            new Address<>("millrace.revocations.changed", RevocationPage.class, Void.class);

    /** What sinks keep that they haven't delivered. */
    public static final Address<SinkQuery, SinkPage> SINKS =
            new Address<>("millrace.sinks", SinkQuery.class, SinkPage.class);

    /** What an operator does about sinks. */
    public static final Address<SinkCommand, SinkCommandResult> SINK_COMMANDS =
            new Address<>("millrace.sinks.commands", SinkCommand.class, SinkCommandResult.class);

    /** The clients' connections on all nodes. */
    public static final Address<ConnectionQuery, ConnectionPage> CONNECTIONS =
            new Address<>("millrace.connections", ConnectionQuery.class, ConnectionPage.class);

    /** What an operator does about connections, on all nodes. */
    public static final Address<ConnectionCommand, ConnectionCommandResult> CONNECTION_COMMANDS =
            new Address<>("millrace.connections.commands", ConnectionCommand.class, ConnectionCommandResult.class);

    /** What an operator does about connections, to be recorded; answered when it is. */
    public static final Address<ConnectionCommand, ConnectionCommandResult> CONNECTION_ACTS =
            new Address<>("millrace.connections.acts", ConnectionCommand.class, ConnectionCommandResult.class);

    /** What nodes with clients publish about themselves. */
    public static final Address<NodeInfo, Void> PEERS = new Address<>("millrace.peers", NodeInfo.class, Void.class);

    /** How each node is, for operators. */
    public static final Address<NodeStatus, Void> NODES = new Address<>("millrace.nodes", NodeStatus.class, Void.class);

    /** The alerts that each node has found. */
    public static final Address<AlertReport, Void> ALERTS =
            new Address<>("millrace.alerts", AlertReport.class, Void.class);

    /** What an operator does about alerts. */
    public static final Address<AlertCommand, AlertMarks> ALERT_COMMANDS =
            new Address<>("millrace.alerts.commands", AlertCommand.class, AlertMarks.class);

    /** The number of shards, a power of two. */
    public static final int SHARDS = 64;

    private static final List<Address<CommittedBatch, Void>> SHARD = IntStream.range(0, SHARDS)
            .mapToObj(n -> new Address<>("millrace.shard." + n, CommittedBatch.class, Void.class))
            .toList();

    private Addresses() {}

    /** The same for the clients of one node. */
    public static Address<DeliveryQuery, Deliveries> delivery(String node) {
        return new Address<>("millrace.delivery." + node, DeliveryQuery.class, Deliveries.class);
    }

    /** The same for the connections of one node. */
    public static Address<DeliverySummaryQuery, DeliverySummary> deliverySummary(String node) {
        return new Address<>("millrace.delivery-summary." + node, DeliverySummaryQuery.class, DeliverySummary.class);
    }

    /** The connections of one node. */
    public static Address<ConnectionQuery, ConnectionPage> connections(String node) {
        return new Address<>("millrace.connections." + node, ConnectionQuery.class, ConnectionPage.class);
    }

    /** What an operator does about the connections of one node. */
    public static Address<ConnectionCommand, ConnectionCommandResult> connectionCommands(String node) {
        return new Address<>(
                "millrace.connections.commands." + node, ConnectionCommand.class, ConnectionCommandResult.class);
    }

    /** Redeems tickets at the node that issued them. */
    public static Address<Ticket, TicketToken> tickets(String node) {
        return new Address<>("millrace.tickets." + node, Ticket.class, TicketToken.class);
    }

    /** The settings of a node. */
    public static Address<NodeConfigurationQuery, NodeConfiguration> configuration(String node) {
        return new Address<>("millrace.configuration." + node, NodeConfigurationQuery.class, NodeConfiguration.class);
    }

    /** The address at which commits of shard {@code n}, 0 to {@link #SHARDS} - 1, are published. */
    public static Address<CommittedBatch, Void> shard(int n) {
        return SHARD.get(n);
    }

    /** The shard of a stream: the same on every node and in every release. */
    public static int shardOf(String stream) {
        int hash = stream.hashCode();
        return (hash ^ (hash >>> 16)) & (SHARDS - 1);
    }
}

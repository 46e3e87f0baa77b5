package io.millrace.contracts;

import java.util.List;
import java.util.stream.IntStream;

/** The typed addresses between stages, in event order. */
public final class Addresses {
    /** The public one, in JSON: what microservices send events to. */
    public static final String INGEST = "millrace.ingest";

    /** What clients publish over their connections. */
    public static final Address<Publication, Outcome> PUBLISH =
            new Address<>("millrace.publish", Publication.class, Outcome.class);

    /** Checked events, to be put on the path that their priority calls for. */
    public static final Address<EventBatch, Outcomes> ROUTE =
            new Address<>("millrace.route", EventBatch.class, Outcomes.class);

    /** Events to be made durable now. */
    public static final Address<EventBatch, Outcomes> COMMIT =
            new Address<>("millrace.commit", EventBatch.class, Outcomes.class);

    /** Events that a stage dropped before the commit since they had expired; answered when it is written down. */
    public static final Address<EventBatch, Outcomes> DROPPED =
            new Address<>("millrace.dropped", EventBatch.class, Outcomes.class);

    /** What became of an event, as far as it is in PostgreSQL. */
    public static final Address<JourneyQuery, Journeys> JOURNEY =
            new Address<>("millrace.journey", JourneyQuery.class, Journeys.class);

    /** Where an event stands that waits in the durable queue. */
    public static final Address<JourneyQuery, Journeys> WAITING =
            new Address<>("millrace.waiting", JourneyQuery.class, Journeys.class);

    public static final Address<HistoryQuery, HistoryPage> HISTORY =
            new Address<>("millrace.history", HistoryQuery.class, HistoryPage.class);

    public static final Address<HeadsQuery, Heads> HEADS =
            new Address<>("millrace.heads", HeadsQuery.class, Heads.class);

    /** Streams by their names, or by how their names begin. */
    public static final Address<StreamsQuery, Heads> STREAMS =
            new Address<>("millrace.streams", StreamsQuery.class, Heads.class);

    /** The entities of a stream as they stand. */
    public static final Address<StateQuery, StatePage> STATE =
            new Address<>("millrace.state", StateQuery.class, StatePage.class);

    /** Where a stream stood at a time. */
    public static final Address<MomentQuery, Moment> MOMENT =
            new Address<>("millrace.moment", MomentQuery.class, Moment.class);

    /** Whether an event reached somebody, over all nodes. */
    public static final Address<DeliveryQuery, Deliveries> DELIVERY =
            new Address<>("millrace.delivery", DeliveryQuery.class, Deliveries.class);

    /** An entity from PostgreSQL, past every cache. */
    public static final Address<EntityQuery, EntityState> ENTITY =
            new Address<>("millrace.entity", EntityQuery.class, EntityState.class);

    /** The entities of a kind in a stream, page by page. */
    public static final Address<EntitiesQuery, EntitiesPage> ENTITIES =
            new Address<>("millrace.entities", EntitiesQuery.class, EntitiesPage.class);

    /** An entity by the shortest way. */
    public static final Address<EntityQuery, EntityState> CACHE =
            new Address<>("millrace.cache", EntityQuery.class, EntityState.class);

    /** What the KPIs of the packs amount to. */
    public static final Address<KpiQuery, KpiRows> KPIS = new Address<>("millrace.kpis", KpiQuery.class, KpiRows.class);

    /** The dead letters, newest first. */
    public static final Address<DeadLetterQuery, DeadLetterPage> DEAD_LETTERS =
            new Address<>("millrace.deadletters", DeadLetterQuery.class, DeadLetterPage.class);

    /** What an operator does about dead letters. */
    public static final Address<DeadLetterAct, DeadLetterCount> DEAD_LETTER_ACTS =
            new Address<>("millrace.deadletters.acts", DeadLetterAct.class, DeadLetterCount.class);

    /** What nodes that have clients tell one another of themselves. */
    public static final Address<Peer, Void> PEERS = new Address<>("millrace.peers", Peer.class, Void.class);

    /** Power of two. */
    public static final int SHARDS = 64;

    private static final List<Address<CommittedBatch, Void>> SHARD = IntStream.range(0, SHARDS)
            .mapToObj(n -> new Address<>("millrace.shard." + n, CommittedBatch.class, Void.class))
            .toList();

    private Addresses() {}

    /** The same of one node's clients alone. */
    public static Address<DeliveryQuery, Deliveries> delivery(String node) {
        return new Address<>("millrace.delivery." + node, DeliveryQuery.class, Deliveries.class);
    }

    /** Where the node that gave a ticket takes it back. */
    public static Address<Ticket, TicketHolder> tickets(String node) {
        return new Address<>("millrace.tickets." + node, Ticket.class, TicketHolder.class);
    }

    /** Where commits of shard {@code n}, 0 to {@link #SHARDS} - 1, are published. */
    public static Address<CommittedBatch, Void> shard(int n) {
        return SHARD.get(n);
    }

    /** The shard of a stream: the same on every node and in every release. */
    public static int shardOf(String stream) {
        int hash = stream.hashCode();
        return (hash ^ (hash >>> 16)) & (SHARDS - 1);
    }
}

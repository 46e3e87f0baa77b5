package io.millrace.broadcast.transport;

import io.millrace.broadcast.BroadcastSettings;
import io.millrace.broadcast.hub.Connection;
import io.millrace.broadcast.hub.Hub;
import io.millrace.broadcast.limit.ConnectionStats;
import io.millrace.broadcast.presence.LocalPresence;
import io.millrace.contracts.journey.Deliveries.Delivery;
import io.millrace.contracts.journey.DeliveryQuery;
import io.millrace.domain.DomainModel;
import io.millrace.domain.access.RolePresence;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.node.NodeContext;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The connections that are open on one event loop of the front, by whatever transport. Owned by that loop. */
public final class ConnectionRegistry {
    private static final int CHECK_MS = 1_000;

    private final Hub hub;
    private final BroadcastSettings settings;
    private final ConnectionStats doors;
    private final LocalPresence roster;
    private final DomainModel domains;
    private final Map<String, Connection> open = new LinkedHashMap<>();

    public ConnectionRegistry(NodeContext node, BroadcastSettings settings, Hub hub, TransportContext.Shared shared) {
        this.hub = hub;
        this.settings = settings;
        this.doors = shared.doors();
        this.roster = shared.roster();
        this.domains = node.domains();
        node.vertx().setPeriodic(CHECK_MS, timer -> check());
        node.health().onDrain(() -> hub.context().runOnContext(draining -> sendAway()));
    }

    public Hub hub() {
        return hub;
    }

    public void opened(Connection connection) {
        doors.opened();
        open.put(connection.id(), connection);
    }

    /** It is known who a connection is. */
    public void welcome(Connection connection, Principal who) {
        welcome(connection, who, null);
    }

    /**
     * As above.
     *
     * @param requestId of the message that said so; null if it had none
     */
    public void welcome(Connection connection, Principal who, @Nullable Object requestId) {
        seat(connection, false);
        doors.welcomed(connection, who);
        connection.welcome(who, settings.heartbeat().toMillis(), requestId);
        seat(connection, true);
    }

    /** Of some roles the packs want to know who is connected. */
    private void seat(Connection connection, boolean comes) {
        Principal who = connection.principal();
        for (RolePresence presence : domains.presences()) {
            if (connection.welcomed() && who.roles().contains(presence.role())) {
                String place = LocalPresence.place(presence.role());
                if (comes) {
                    roster.enter(place, who.user());
                } else {
                    roster.leave(place, who.user());
                }
            }
        }
    }

    /**
     * The transport is gone. It may say so in the midst of a delivery to others of its groups, so it leaves them when that
     * is over.
     */
    public void closed(Connection connection) {
        hub.context().runOnContext(over -> leave(connection));
    }

    private void leave(Connection connection) {
        if (open.remove(connection.id()) != null) {
            seat(connection, false);
            doors.closed(connection);
            connection.closed();
        }
    }

    /** What became of an event at the connections that are asked about. From any thread, answered on this loop. */
    Future<List<Delivery>> deliveries(DeliveryQuery query, String nodeName) {
        Promise<List<Delivery>> answer = Promise.promise();
        hub.context().runOnContext(ask -> {
            List<Future<Delivery>> found = new ArrayList<>();
            for (Connection connection : open.values()) {
                boolean meant = (query.user() == null
                                || query.user().equals(connection.principal().user()))
                        && (query.connection() == null || query.connection().equals(connection.id()));
                if (meant) {
                    found.add(hub.diagnose(connection, domains, query.event(), query.position())
                            .map(result -> new Delivery(connection.id(), nodeName, result.fate(), result.atMicros())));
                }
            }
            Future.all(found)
                    .map(all -> found.stream().map(Future::result).toList())
                    .onComplete(answer);
        });
        return answer.future();
    }

    private void sendAway() {
        int withinMs = (int) settings.retreat().toMillis();
        List.copyOf(open.values()).forEach(connection -> connection.sendReconnect(withinMs));
    }

    /** Who doesn't say who they are, is anybody. */
    private void check() {
        for (Connection connection : List.copyOf(open.values())) {
            if (!connection.welcomed()
                    && connection.age() > settings.authentication().toMillis()) {
                welcome(connection, Principal.PUBLIC);
            }
            connection.check(settings.timeouts());
        }
    }
}

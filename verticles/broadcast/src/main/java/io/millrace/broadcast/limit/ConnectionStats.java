package io.millrace.broadcast.limit;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.millrace.broadcast.BroadcastSettings;
import io.millrace.broadcast.hub.Connection;
import io.millrace.contracts.connection.NodeInfo;
import io.millrace.platform.auth.Principal;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What all event loops of a node count together: connections by role and transport, subscriptions by namespace, attempts
 * by user or address. Safe from any thread.
 */
public final class ConnectionStats {
    private final MeterRegistry metrics;
    private final AtomicInteger connections = new AtomicInteger();
    /** The roles of the packs. A token may name others, which aren't counted. */
    private final Set<String> roles;

    private final Map<RoleOnTransport, AtomicInteger> counts = new ConcurrentHashMap<>();

    private final Map<String, AtomicInteger> byTransport = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> subscriptions = new ConcurrentHashMap<>();
    private final Counter recovered;
    private final Counter lost;
    private final Map<Refusal, Counter> refusals = new EnumMap<>(Refusal.class);
    private final PerMinute attempts;
    private final PerMinute polls;
    private final PerMinute tickets;

    /** Why a connection, poll or ticket was refused. */
    enum Refusal {
        ORIGIN,
        DRAINING,
        /** The node has {@code broadcast.connections.max} connections. */
        FULL,
        /** Too many attempts, polls or tickets in a minute. */
        RATE;

        private final String tag = name().toLowerCase(Locale.ROOT);
    }

    private record RoleOnTransport(String role, String transport) {}

    public ConnectionStats(MeterRegistry metrics, Set<String> roles, BroadcastSettings settings) {
        this.metrics = metrics;
        attempts = new PerMinute("attempts to connect", settings.connectRate());
        polls = new PerMinute("polls", settings.polls());
        tickets = new PerMinute("tickets", settings.tickets());
        for (Refusal refusal : Refusal.values()) {
            refusals.put(
                    refusal,
                    Counter.builder("millrace.broadcast.refused.connections")
                            .description("Connections, polls and tickets that were refused")
                            .tag("reason", refusal.tag)
                            .register(metrics));
        }
        this.roles = roles;
        metrics.gauge("millrace.broadcast.connections", connections);
        recovered = metrics.counter("millrace.broadcast.resumed", "recovered", "true");
        lost = metrics.counter("millrace.broadcast.resumed", "recovered", "false");
    }

    int connections() {
        return connections.get();
    }

    PerMinute attempts() {
        return attempts;
    }

    PerMinute polls() {
        return polls;
    }

    PerMinute tickets() {
        return tickets;
    }

    void refused(Refusal refusal) {
        Objects.requireNonNull(refusals.get(refusal)).increment();
    }

    public void opened() {
        connections.incrementAndGet();
    }

    /** A connection got its identity, or another one. */
    public void welcomed(Connection connection, Principal now) {
        if (connection.welcomed()) {
            count(connection, connection.principal(), -1);
        }
        count(connection, now, 1);
    }

    public void closed(Connection connection) {
        connections.decrementAndGet();
        if (connection.welcomed()) {
            count(connection, connection.principal(), -1);
        }
    }

    /** A subscription resumed at a position. */
    public void resumed(boolean withoutGap) {
        (withoutGap ? recovered : lost).increment();
    }

    /** A subscription to a stream of the namespace started (1) or ended (-1). */
    public void subscribed(String namespace, int change) {
        subscriptions.computeIfAbsent(namespace, first -> new AtomicInteger()).addAndGet(change);
    }

    public List<NodeInfo.Count> counts() {
        List<NodeInfo.Count> all = new ArrayList<>();
        all.add(new NodeInfo.Count(NodeInfo.Kind.CONNECTIONS, "", connections.get()));
        counts.forEach((of, number) -> {
            if (number.get() > 0) {
                all.add(new NodeInfo.Count(NodeInfo.Kind.ROLE, of.role, number.get()));
            }
        });
        add(all, NodeInfo.Kind.TRANSPORT, byTransport);
        add(all, NodeInfo.Kind.NAMESPACE, subscriptions);
        return all;
    }

    private static void add(List<NodeInfo.Count> to, NodeInfo.Kind kind, Map<String, AtomicInteger> counts) {
        counts.forEach((name, number) -> {
            if (number.get() > 0) {
                to.add(new NodeInfo.Count(kind, name, number.get()));
            }
        });
    }

    private void count(Connection connection, Principal principal, int change) {
        byTransport
                .computeIfAbsent(connection.transport(), first -> new AtomicInteger())
                .addAndGet(change);
        for (String role : principal.roles()) {
            if (roles.contains(role)) {
                counts.computeIfAbsent(new RoleOnTransport(role, connection.transport()), this::gauge)
                        .addAndGet(change);
            }
        }
    }

    private AtomicInteger gauge(RoleOnTransport of) {
        return Objects.requireNonNull(metrics.gauge(
                "millrace.broadcast.connections.by.role",
                Tags.of("role", of.role, "transport", of.transport),
                new AtomicInteger()));
    }
}

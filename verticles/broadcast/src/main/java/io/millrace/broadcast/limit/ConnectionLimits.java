package io.millrace.broadcast.limit;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.millrace.broadcast.BroadcastSettings;
import io.millrace.broadcast.hub.Connection;
import io.millrace.contracts.connection.NodeInfo;
import io.millrace.contracts.failure.Failure;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.limit.RateLimits;
import io.millrace.platform.metrics.EnumCounters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What all event loops of a node count together, and the limits on it: connections by role and transport, subscriptions by
 * namespace, attempts by user or address. Safe from any thread.
 */
public final class ConnectionLimits {
    /**
     * So many times {@code broadcast.connect.rate} tokens of one address are verified in vain. It is more than one client
     * may have refused, since many share an address.
     */
    private static final int REFUSED_TOKENS = 10;

    private final MeterRegistry metrics;
    private final AtomicInteger connections = new AtomicInteger();
    /** The roles of the packs. A token may name others, which aren't counted. */
    private final Set<String> roles;

    private final Map<RoleOnTransport, AtomicInteger> counts = new ConcurrentHashMap<>();

    private final Map<String, AtomicInteger> byTransport = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> subscriptions = new ConcurrentHashMap<>();
    private final Counter recovered;
    private final Counter lost;
    private final EnumCounters<Refusal> refusals;
    private final RequestRateLimiter attempts;
    private final RequestRateLimiter polls;
    private final RequestRateLimiter tickets;
    private final RefusedTokenLimit refusedTokens;
    private final ClientConnectionLimit users;
    private final ClientConnectionLimit addresses;
    /** The addresses of the open connections, by the connection's id; empty without a limit for addresses. */
    private final Map<String, String> addressOf = new ConcurrentHashMap<>();

    /** Why a connection, poll or ticket was refused. */
    enum Refusal {
        ORIGIN,
        DRAINING,
        /** The node has {@code broadcast.connections.max} connections. */
        FULL,
        /** Too many attempts, polls or tickets in a minute. */
        RATE,
        /** The user has {@code broadcast.connections.user} connections. */
        USER,
        /** The address has {@code broadcast.connections.address} connections. */
        ADDRESS
    }

    private record RoleOnTransport(String role, String transport) {}

    public ConnectionLimits(MeterRegistry metrics, Set<String> roles, BroadcastSettings settings, RateLimits limits) {
        this.metrics = metrics;
        attempts = new RequestRateLimiter(limits, "connect", "attempts to connect", settings.connectRate());
        polls = new RequestRateLimiter(limits, "poll", "polls", settings.polls());
        tickets = new RequestRateLimiter(limits, "ticket", "tickets", settings.tickets());
        refusedTokens = new RefusedTokenLimit(REFUSED_TOKENS * settings.connectRate());
        refusals = new EnumCounters<>("millrace.broadcast.refused.connections", "reason", Refusal.class, metrics);
        users = new ClientConnectionLimit("user", settings.userConnections(), refusals.of(Refusal.USER));
        addresses = new ClientConnectionLimit("address", settings.addressConnections(), refusals.of(Refusal.ADDRESS));
        this.roles = roles;
        metrics.gauge("millrace.broadcast.connections", connections);
        recovered = metrics.counter("millrace.broadcast.resumed", "recovered", "true");
        lost = metrics.counter("millrace.broadcast.resumed", "recovered", "false");
    }

    int connections() {
        return connections.get();
    }

    RequestRateLimiter attempts() {
        return attempts;
    }

    RequestRateLimiter polls() {
        return polls;
    }

    RequestRateLimiter tickets() {
        return tickets;
    }

    /** By address. */
    RefusedTokenLimit refusedTokens() {
        return refusedTokens;
    }

    void refused(Refusal refusal) {
        refusals.increment(refusal);
    }

    /** Fails as {@link Failure#RATE_LIMITED} if the client has as many connections as it may. */
    void checkOpen(String address, Principal principal) {
        addresses.check(address);
        if (principal.authenticated()) {
            users.check(principal.user());
        }
    }

    /**
     * Counts a new connection. If its address has too many, this fails as {@link Failure#RATE_LIMITED}; the connection is
     * counted all the same until it is closed.
     */
    public void opened(Connection connection, String address) {
        connections.incrementAndGet();
        if (!addresses.isUnlimited()) {
            addresses.enter(address);
            addressOf.put(connection.id(), address);
        }
    }

    /**
     * A connection got its identity, or another one. If the user has too many connections, this fails as {@link
     * Failure#RATE_LIMITED}, and the connection keeps the identity that it had.
     */
    public void welcomed(Connection connection, Principal now) {
        String before = user(connection);
        if (now.authenticated() && !now.user().equals(before)) {
            users.enter(now.user());
        }
        if (before != null && !(now.authenticated() && now.user().equals(before))) {
            users.leave(before);
        }
        if (connection.welcomed()) {
            count(connection, connection.principal(), -1);
        }
        count(connection, now, 1);
    }

    public void closed(Connection connection) {
        connections.decrementAndGet();
        String address = addressOf.remove(connection.id());
        if (address != null) {
            addresses.leave(address);
        }
        String user = user(connection);
        if (user != null) {
            users.leave(user);
        }
        if (connection.welcomed()) {
            count(connection, connection.principal(), -1);
        }
    }

    /** The user for whom a connection is counted; null if it has no identity. */
    private static @Nullable String user(Connection connection) {
        return connection.welcomed() && connection.principal().authenticated()
                ? connection.principal().user()
                : null;
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
                .computeIfAbsent(connection.transport().name(), first -> new AtomicInteger())
                .addAndGet(change);
        for (String role : principal.roles()) {
            if (roles.contains(role)) {
                counts.computeIfAbsent(
                                new RoleOnTransport(role, connection.transport().name()), this::gauge)
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

package io.millrace.broadcast;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.millrace.platform.Principal;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** What all event loops of a node count together: connections, by role too, and attempts by address. From any thread. */
final class Doors {
    private final AtomicInteger connections = new AtomicInteger();
    private final Map<String, AtomicInteger> byRole = new HashMap<>();
    private final Counter recovered;
    private final Counter lost;
    private final Cache<String, AtomicInteger> attempts = Caffeine.newBuilder()
            .maximumSize(100_000)
            .expireAfterWrite(Duration.ofMinutes(1))
            .build();

    Doors(MeterRegistry metrics, Set<String> roles) {
        metrics.gauge("millrace.broadcast.connections", connections);
        for (String role : roles) {
            byRole.put(
                    role,
                    metrics.gauge(
                            "millrace.broadcast.connections.by.role",
                            Tags.of("role", role, "transport", "websocket"),
                            new AtomicInteger()));
        }
        recovered = metrics.counter("millrace.broadcast.resumed", "recovered", "true");
        lost = metrics.counter("millrace.broadcast.resumed", "recovered", "false");
    }

    int connections() {
        return connections.get();
    }

    /** How many attempts an address made in about a minute, this one included. */
    int attempt(String address) {
        return attempts.get(address, first -> new AtomicInteger()).incrementAndGet();
    }

    void opened() {
        connections.incrementAndGet();
    }

    /** It is known who a connection is. */
    void welcomed(Connection connection, Principal now) {
        if (connection.welcomed()) {
            count(connection.principal(), -1);
        }
        count(now, 1);
    }

    void closed(Connection connection) {
        connections.decrementAndGet();
        if (connection.welcomed()) {
            count(connection.principal(), -1);
        }
    }

    /** A subscription came back with a position. */
    void resumed(boolean withoutGap) {
        (withoutGap ? recovered : lost).increment();
    }

    private void count(Principal who, int change) {
        for (String role : who.roles()) {
            AtomicInteger known = byRole.get(role);
            if (known != null) {
                known.addAndGet(change);
            }
        }
    }
}

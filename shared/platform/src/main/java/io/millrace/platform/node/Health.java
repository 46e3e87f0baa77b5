package io.millrace.platform.node;

import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The answers of the probes. Readiness fails fast: a stage that can't take work now, or a node that drains. Liveness
 * fails slowly: only for what a restart would repair. Safe from any thread.
 */
public final class Health {
    private final Map<String, Supplier<@Nullable String>> readiness = new ConcurrentSkipListMap<>();
    private final Map<String, Supplier<@Nullable String>> backends = new ConcurrentSkipListMap<>();
    private final Map<String, Supplier<@Nullable String>> sources = new ConcurrentSkipListMap<>();
    private volatile boolean servesClients;
    private volatile boolean started;
    private volatile boolean draining;

    /**
     * @param check returns null if the part is ready, else what is wrong; called on the management server's event loop,
     *     so it must not block
     */
    public void ready(String name, Supplier<@Nullable String> check) {
        readiness.put(name, check);
    }

    /**
     * Adds a backing service. While it is unavailable, a node with an HTTP server stays ready, since it still answers
     * what it can; another node isn't ready.
     *
     * @param check as for {@link #ready}
     */
    public void backend(String name, Supplier<@Nullable String> check) {
        backends.put(name, check);
    }

    /**
     * Registers something outside that the node reads now and then. The node stays ready while it is unavailable.
     *
     * @param check as for {@link #ready}
     */
    public void source(String name, Supplier<@Nullable String> check) {
        sources.put(name, check);
    }

    /** Notes that the node has an HTTP server. */
    public void servesClients() {
        servesClients = true;
    }

    public boolean isServingClients() {
        return servesClients;
    }

    public void started() {
        started = true;
    }

    /** Starts draining: from now on the node isn't ready. It finishes what it has and takes no new work. */
    public void drain() {
        draining = true;
    }

    public boolean isStarted() {
        return started;
    }

    public boolean isDraining() {
        return draining;
    }

    /** The reasons why the node isn't ready; empty if it is. */
    public JsonObject notReady() {
        JsonObject reasons = new JsonObject();
        if (!started) {
            reasons.put("node", "starting");
        } else if (draining) {
            reasons.put("node", "draining");
        }
        add(readiness, reasons);
        if (!servesClients) {
            add(backends, reasons);
        }
        return reasons;
    }

    /** The backing services and the sources that are unavailable; empty if there are none. */
    public JsonObject degraded() {
        JsonObject reasons = new JsonObject();
        add(backends, reasons);
        add(sources, reasons);
        return reasons;
    }

    private static void add(Map<String, Supplier<@Nullable String>> checks, JsonObject reasons) {
        checks.forEach((name, check) -> {
            String problem = check.get();
            if (problem != null) {
                reasons.put(name, problem);
            }
        });
    }
}

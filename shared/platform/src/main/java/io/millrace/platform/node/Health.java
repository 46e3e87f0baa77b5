package io.millrace.platform.node;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the probes answer. Ready fails fast: a stage that can't take work now, or a node that drains. Live fails slow:
 * only what a restart would mend. Safe from any thread.
 */
public final class Health {
    private final Map<String, Supplier<@Nullable String>> readiness = new ConcurrentSkipListMap<>();
    private final Map<String, Supplier<@Nullable String>> backends = new ConcurrentSkipListMap<>();
    private final List<Runnable> onDrain = new CopyOnWriteArrayList<>();
    private volatile boolean servesClients;
    private volatile boolean started;
    private volatile boolean draining;

    /**
     * @param check null when all is well, else what isn't; called on the management server's event loop, so it must not
     *     block
     */
    public void ready(String name, Supplier<@Nullable String> check) {
        readiness.put(name, check);
    }

    /**
     * A service behind the stages. While it is away a node that serves clients stays ready, since it still takes and answers
     * what it can without it; a node that doesn't isn't ready.
     *
     * @param check as for {@link #ready}
     */
    public void backend(String name, Supplier<@Nullable String> check) {
        backends.put(name, check);
    }

    /** The node has an HTTP front. */
    public void servesClients() {
        servesClients = true;
    }

    public boolean isServingClients() {
        return servesClients;
    }

    public void started() {
        started = true;
    }

    /** From now on the node isn't ready: it finishes what it has and takes nothing new. */
    public void drain() {
        draining = true;
        onDrain.forEach(Runnable::run);
    }

    /**
     * @param listener called once, when the draining begins, on the thread that stops the node
     */
    public void onDrain(Runnable listener) {
        onDrain.add(listener);
    }

    public boolean isStarted() {
        return started;
    }

    public boolean isDraining() {
        return draining;
    }

    /** Each thing that keeps the node from being ready; empty when it is. */
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

    /** Each backing service that is away; empty when all is well. */
    public JsonObject degraded() {
        JsonObject reasons = new JsonObject();
        add(backends, reasons);
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

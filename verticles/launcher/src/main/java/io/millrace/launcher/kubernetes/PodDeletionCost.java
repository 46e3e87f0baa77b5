package io.millrace.launcher.kubernetes;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.platform.node.Health;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells Kubernetes how many connections this pod has, by the annotation {@code controller.kubernetes.io/pod-deletion-cost}: of
 * the pods that are ready, a ReplicaSet that is scaled down deletes the one with the lowest first. Each update costs the API
 * server something, so a small change is not told, and none sooner than 15 s after the last. Where it fails, Kubernetes
 * chooses as it does without it.
 */
public final class PodDeletionCost extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(PodDeletionCost.class);
    /** The annotation that is set. */
    public static final String ANNOTATION = "controller.kubernetes.io/pod-deletion-cost";

    private static final int EVERY_MS = 15_000;
    /** The part by which the number must have changed. */
    private static final double CHANGE = 0.1;

    private static final int UNKNOWN = -1;

    private final KubernetesSettings settings;
    private final String pod;
    private final MeterRegistry metrics;
    private final Health health;
    private final int everyMs;
    private final Counter failures;
    /** The number that Kubernetes knows; what a container before this one has told, is not known. */
    private int told = UNKNOWN;

    private boolean failing;
    private boolean busy;

    /**
     * Tells nothing yet.
     *
     * @param pod the name of this node's pod
     * @param metrics that count the connections
     */
    public PodDeletionCost(KubernetesSettings settings, String pod, MeterRegistry metrics, Health health) {
        this(settings, pod, metrics, health, EVERY_MS);
    }

    PodDeletionCost(KubernetesSettings settings, String pod, MeterRegistry metrics, Health health, int everyMs) {
        this.settings = settings;
        this.pod = pod;
        this.metrics = metrics;
        this.health = health;
        this.everyMs = everyMs;
        this.failures = metrics.counter("millrace.node.deletion.cost.failures");
    }

    @Override
    public Future<?> start() {
        PodApi api = new PodApi(vertx, settings, pod);
        vertx.setPeriodic(everyMs, timer -> check(api));
        return Future.succeededFuture();
    }

    private void check(PodApi api) {
        Gauge connections = metrics.find("millrace.broadcast.connections").gauge();
        // The connections of a pod that goes are no reason to keep it.
        if (busy || connections == null || health.isDraining()) {
            return;
        }
        int now = (int) connections.value();
        if (told == UNKNOWN || Math.abs(now - told) > told * CHANGE) {
            tell(api, now);
        }
    }

    private void tell(PodApi api, int connections) {
        busy = true;
        api.annotate(ANNOTATION, Integer.toString(connections)).onComplete(answer -> {
            busy = false;
            if (answer.succeeded()) {
                told = connections;
                recovered();
            } else {
                failed(answer.cause());
            }
        });
    }

    private void failed(Throwable error) {
        failures.increment();
        if (!failing) {
            failing = true;
            LOG.warn(
                    "can't set {} of pod {}, so Kubernetes doesn't know which pod has the fewest connections: {}",
                    ANNOTATION,
                    pod,
                    reason(error));
        }
    }

    private static String reason(Throwable error) {
        Throwable cause = error.getCause();
        return cause == null ? String.valueOf(error.getMessage()) : error.getMessage() + ": " + reason(cause);
    }

    private void recovered() {
        if (failing) {
            failing = false;
            LOG.info("set {} of pod {} again", ANNOTATION, pod);
        }
    }
}

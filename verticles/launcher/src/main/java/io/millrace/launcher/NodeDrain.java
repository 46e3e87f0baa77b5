package io.millrace.launcher;

import io.millrace.platform.node.Backends;
import io.millrace.platform.node.DrainSettings;
import io.millrace.platform.node.Health;
import io.millrace.platform.node.Stage;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The graceful shutdown of a node: turns readiness off, accepts requests for a while, sends the connected clients to other
 * nodes, stops the servers; lets each stage finish its work ({@code StageDrain}), leaves the cluster, stops the backends.
 * Each step has its part of the time; one that isn't done by then is logged and left. Used from the main thread and the
 * shutdown hook.
 */
final class NodeDrain {
    private static final Logger LOG = LoggerFactory.getLogger(NodeDrain.class);
    /** The part of the time that is reserved for leaving the cluster. */
    private static final int LEAVING = 6;

    private final Health health;
    private final DrainSettings settings;

    /** @param settings {@code timeout} is for everything, the end of the JVM included */
    NodeDrain(Health health, DrainSettings settings) {
        this.health = health;
        this.settings = settings;
    }

    /**
     * Returns when everything has stopped, or the time is over. Never throws; does nothing the second time.
     *
     * @param vertx null if the node never joined its cluster
     * @param stages those that run
     * @param deployments in the order in which they were deployed; they are stopped from the last to the first
     */
    void run(@Nullable Vertx vertx, List<Stage> stages, List<String> deployments, Backends.@Nullable Running backends) {
        if (health.isDraining()) {
            return;
        }
        health.drain();
        LOG.info("draining");
        if (vertx != null) {
            long nanos = settings.untilLeft().toNanos();
            long deadline = System.nanoTime() + nanos;
            if (health.isStarted()) {
                await(
                        vertx.timer(Math.max(1, settings.delay().toMillis()), TimeUnit.MILLISECONDS)
                                .mapEmpty(),
                        deadline);
            }
            await(
                    Future.join(stages.stream().map(Stage::moveClients).toList())
                            .mapEmpty(),
                    System.nanoTime() + settings.forClients().toNanos());
            for (int i = deployments.size() - 1; i >= 0; i--) {
                await(vertx.undeploy(deployments.get(i)), deadline - nanos / LEAVING);
            }
            await(vertx.close(), deadline);
        }
        if (backends != null) {
            backends.close();
        }
        LOG.info("stopped");
    }

    private static void await(Future<Void> step, long deadlineNanos) {
        try {
            step.toCompletionStage()
                    .toCompletableFuture()
                    .get(Math.max(1, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (ExecutionException | TimeoutException incomplete) {
            LOG.warn("a step of the shutdown did not finish: {}", incomplete.toString());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}

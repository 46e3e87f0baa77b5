package io.millrace.launcher;

import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.launcher.cluster.Cluster;
import io.millrace.launcher.cluster.RateLimitTotals;
import io.millrace.launcher.kubernetes.KubernetesSettings;
import io.millrace.launcher.kubernetes.PodDeletionCost;
import io.millrace.launcher.report.NodeReporter;
import io.millrace.launcher.report.StageFigures;
import io.millrace.platform.alert.AlertMonitor;
import io.millrace.platform.auth.RevocationSync;
import io.millrace.platform.auth.TokenVerifier;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.http.HttpSettings;
import io.millrace.platform.http.server.HttpServerVerticle;
import io.millrace.platform.http.server.ManagementServer;
import io.millrace.platform.limit.RateLimits;
import io.millrace.platform.metrics.MetricDescriptions;
import io.millrace.platform.node.Backends;
import io.millrace.platform.node.Health;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.node.NodeName;
import io.millrace.platform.node.Stage;
import io.millrace.platform.tls.TlsFiles;
import io.millrace.platform.tracing.Collector;
import io.millrace.platform.tracing.Tracing;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.micrometer.MetricsDomain;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node: joins the cluster, deploys its stages from the last in event order to the first, and stops them in the
 * reverse order. Used from the main thread and the shutdown hook.
 */
public final class Launcher {
    private static final Logger LOG = LoggerFactory.getLogger(Launcher.class);
    private static final int START_SECONDS = 120;
    private static final Set<String> MISNAMED = Set.of("system.cpu.count", "process.cpu.time", "jvm.compilation.time");

    private final Configuration configuration;
    private final Path clusterFile;
    private final String clusterName;
    private final byte[] key;
    private final Backends.@Nullable Running backends;
    private final PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Health health = new Health();
    /** The deployments in their order: the last stage in event order first, the HTTP server at the end. */
    private final List<String> deployments = new ArrayList<>();

    private final List<Stage> running = new CopyOnWriteArrayList<>();

    private @Nullable Vertx vertx;
    private @Nullable TokenVerifier tokens;
    private Tracing tracing = Tracing.OFF;

    public Launcher(
            Configuration configuration,
            Path clusterFile,
            String clusterName,
            byte[] key,
            Backends.@Nullable Running backends) {
        this.configuration = configuration;
        this.clusterFile = clusterFile;
        this.clusterName = clusterName;
        this.key = key.clone();
        this.backends = backends;
        metrics.config()
                .meterFilter(new MetricDescriptions())
                // Of the JVM, and of no use to anybody here: their names are none that Prometheus wants.
                .meterFilter(MeterFilter.deny(id -> MISNAMED.contains(id.getName())));
    }

    /**
     * Returns when every stage works.
     *
     * @throws IOException with one line that says what to change; everything that was started is stopped
     */
    public void start(List<String> chosen) throws IOException {
        try {
            Vertx joined = await(Cluster.join(
                    Vertx.builder().withMetrics(new MicrometerMetricsFactory(metrics)),
                    new VertxOptions().setMetricsOptions(metricsOptions()).setPreferNativeTransport(true),
                    clusterFile,
                    clusterName,
                    configuration.node().cluster()));
            vertx = joined;
            NodeContext node = node(joined, chosen);
            tokens = node.tokens();
            deploy(joined, node, chosen);
            health.started();
        } catch (IOException failed) {
            stop();
            throw failed;
        } catch (RuntimeException failed) {
            stop();
            LOG.debug("the start failed", failed);
            throw new IOException("Millrace can't start: " + rootMessage(failed), failed);
        }
    }

    private NodeContext node(Vertx joined, List<String> stages) {
        TokenVerifier signer = new TokenVerifier(
                joined, key, configuration.node().auth(), configuration.issuers(), Clock.systemUTC(), metrics);
        signer.revocations().require(configuration.node().auth().tokenLife());
        health.source("keys", signer::problem);
        // Closed with Vert.x, as everything that hangs on it.
        RateLimitTotals totals =
                new RateLimitTotals(joined, configuration.node().limits(), clusterName, metrics);
        health.source("limits", totals::problem);
        String name = NodeName.next();
        tracing = Collector.connect(
                configuration.node().tracing(),
                name,
                Launcher.class.getPackage().getImplementationVersion(),
                stages,
                metrics);
        return new NodeContext(
                joined,
                new Bus(joined, configuration.node().busTimeout(), signer.keyFor("bus"), metrics),
                configuration.domains(),
                signer,
                metrics,
                health,
                configuration.node().http().maxBody(),
                new RateLimits(joined, metrics, totals),
                name,
                backends != null,
                tracing);
    }

    private void deploy(Vertx joined, NodeContext node, List<String> chosen) throws IOException {
        List<String> downstreamFirst = new ArrayList<>(Stages.names());
        java.util.Collections.reverse(downstreamFirst);
        HttpSettings http = configuration.node().http();
        deployments.add(await(joined.deployVerticle(new ManagementServer(http, health, metrics))));
        // Before the stages, and so it stops after them: a node that drains is shown.
        List<String> names = Stages.names().stream().filter(chosen::contains).toList();
        deployments.add(await(joined.deployVerticle(reporter(node, names))));
        deployments.add(await(joined.deployVerticle(alerts(node))));
        for (String name : downstreamFirst) {
            if (!chosen.contains(name)) {
                continue;
            }
            Stage stage =
                    Objects.requireNonNull(configuration.stages().get(name)).apply(node);
            Deployable verticle = stage.verticle();
            if (verticle != null) {
                deployments.add(await(joined.deployVerticle(verticle)));
            }
            LOG.info("stage {} started", name);
            running.add(stage);
        }
        tellKubernetes(joined);
        followRevocations(joined, node);
        deployments.add(await(joined.deployVerticle(
                () -> new HttpServerVerticle(http, health, running, metrics),
                new DeploymentOptions().setInstances(http.loops()))));
        for (Stage stage : running) {
            Supplier<Deployable> front = stage.front();
            if (front != null) {
                DeploymentOptions options = new DeploymentOptions().setInstances(http.loops());
                deployments.add(await(joined.deployVerticle(front, options)));
            }
        }
    }

    private NodeReporter reporter(NodeContext node, List<String> names) {
        return new NodeReporter(
                node.name(),
                node.bus(),
                health,
                names,
                running,
                new StageFigures(metrics),
                configuration.settings().effective());
    }

    private AlertMonitor alerts(NodeContext node) {
        List<TlsFiles> certificates = Stream.of(
                        configuration.node().http().tls(),
                        configuration.node().cluster().tls())
                .filter(Objects::nonNull)
                .toList();
        return new AlertMonitor(
                node.bus(), metrics, health, configuration.node().alerts(), node.name(), running, certificates);
    }

    private void tellKubernetes(Vertx joined) throws IOException {
        KubernetesSettings kubernetes = configuration.node().kubernetes();
        String pod = kubernetes.pod();
        if (pod != null) {
            deployments.add(await(joined.deployVerticle(new PodDeletionCost(kubernetes, pod, metrics, health))));
        }
    }

    /** Before clients come, so that no node that can read the revocations refuses a good token. */
    private void followRevocations(Vertx joined, NodeContext node) throws IOException {
        RevocationSync monitor =
                new RevocationSync(joined, node.bus(), node.tokens().revocations());
        health.backend("revocations", () -> health.isServingClients() ? monitor.error() : null);
        await(monitor.start());
    }

    /** Vert.x' own metrics that cost nothing for each message. */
    private static MicrometerMetricsOptions metricsOptions() {
        Set<MetricsDomain> costly = EnumSet.allOf(MetricsDomain.class);
        costly.remove(MetricsDomain.NAMED_POOLS);
        MicrometerMetricsOptions options =
                new MicrometerMetricsOptions().setEnabled(true).setJvmMetricsEnabled(true);
        costly.forEach(options::addDisabledMetricsCategory);
        return options;
    }

    /** A token for the development link. */
    public TokenVerifier tokens() {
        if (tokens == null) {
            throw new IllegalStateException("not started");
        }
        return tokens;
    }

    /** SIGTERM and Ctrl-C drain and stop everything that was started. */
    public void stopOnSignal() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "millrace-stop"));
    }

    private void stop() {
        new NodeDrain(health, configuration.node().drain()).run(vertx, running, deployments, backends);
        tracing.close();
    }

    private static <T> T await(Future<T> future) throws IOException {
        try {
            return future.toCompletionStage().toCompletableFuture().get(START_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | CompletionException failed) {
            Throwable cause = failed.getCause() == null ? failed : failed.getCause();
            LOG.debug("the start failed", cause);
            throw new IOException("Millrace can't start: " + rootMessage(cause), cause);
        } catch (TimeoutException late) {
            throw new IOException(
                    "Millrace did not start within " + START_SECONDS + " s; its log says what it waits for");
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }

    private static String rootMessage(Throwable error) {
        String message = error.getMessage() == null ? error.toString() : error.getMessage();
        Throwable cause = error.getCause();
        return cause == null || cause.getMessage() == null || message.contains(cause.getMessage())
                ? message
                : message + ": " + rootMessage(cause);
    }
}

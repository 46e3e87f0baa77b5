package io.millrace.systemtests.load;

import static org.awaitility.Awaitility.await;

import io.millrace.backends.RunningBackends;
import io.millrace.platform.node.Backends;
import io.millrace.systemtests.contract.BusProgram;
import io.millrace.systemtests.environment.OwnServers;
import io.millrace.systemtests.environment.Repository;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.network.NetworkNamespaces;
import io.millrace.testkit.process.MetricsReader;
import io.millrace.testkit.process.MillraceProcess;
import io.millrace.testkit.process.Pipeline;
import io.millrace.testkit.process.Ports;
import io.millrace.testkit.process.Release;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A pipeline over four processes and servers of its own, a steady load, subscribers that come back, and the oracle: every
 * acknowledged id is written down, and at the end compared with the table and with what each subscriber received.
 */
public final class ConsistencyScenario implements AutoCloseable {
    /** Whether the bus is right is asked by so many events. */
    private static final int PROBES = 30;

    /** The stages that follow streams. */
    private static final List<String> FOLLOWERS = List.of("cache", "broadcast", "aggregate");

    private static final Duration PROMPTLY = Duration.ofSeconds(5);

    private final Backends.Running servers;
    private final Pipeline pipeline;
    private final int eventsPerSecond;
    private ConsistencyRound round;

    public ConsistencyScenario(String name, int eventsPerSecond) {
        this(name, eventsPerSecond, Release.here(Repository.CONF));
    }

    /** @param release what the processes run at first */
    public ConsistencyScenario(String name, int eventsPerSecond, Release release) {
        this(new OwnServers(name), release, eventsPerSecond, Pipeline.Layout.FOUR_PROCESSES, null, Map.of());
    }

    /**
     * @param lan where each process has a host of its own; null if all are on this one
     * @param settings of every process, beside the usual ones
     */
    public ConsistencyScenario(
            String name,
            int eventsPerSecond,
            Pipeline.Layout layout,
            NetworkNamespaces lan,
            Map<String, String> settings) {
        this(new OwnServers(name), Release.here(Repository.CONF), eventsPerSecond, layout, lan, settings);
    }

    /**
     * @param servers end with the scenario
     * @param conf the configuration of every process
     * @param settings of every process, beside the usual ones
     */
    public ConsistencyScenario(
            Backends.Running servers,
            Path conf,
            int eventsPerSecond,
            Pipeline.Layout layout,
            Map<String, String> settings) {
        this(servers, Release.here(conf), eventsPerSecond, layout, null, settings);
    }

    private ConsistencyScenario(
            Backends.Running servers,
            Release release,
            int eventsPerSecond,
            Pipeline.Layout layout,
            NetworkNamespaces lan,
            Map<String, String> settings) {
        this.servers = servers;
        pipeline = new Pipeline(layout, release, Repository.OUTPUTS, servers, new Ports(), lan, settings);
        this.eventsPerSecond = eventsPerSecond;
        round = new ConsistencyRound(pipeline, eventsPerSecond);
    }

    public List<MillraceProcess> processes() {
        return pipeline.processes();
    }

    public Pipeline pipeline() {
        return pipeline;
    }

    /**
     * A process's successor is ready before it gets its SIGTERM, as in a rolling release; returns when it has ended,
     * after how many seconds, and fails if that takes longer than it may.
     */
    public double release(MillraceProcess old, Duration deadline) {
        try {
            MillraceProcess young = pipeline.replace(old);
            if (old.stages().contains("ingest")) {
                round.add(young);
            }
            load().awaitMore(1);
            long asked = System.nanoTime();
            old.stop(deadline);
            return (System.nanoTime() - asked) / 1e9;
        } finally {
            old.close();
        }
    }

    /** A microservice of the same cluster. */
    public BusProgram busProgram() {
        return BusProgram.join(pipeline);
    }

    public String token() {
        return pipeline.signer().token("shop", "staff");
    }

    /** Those of {@link OwnServers}. */
    public RunningBackends servers() {
        return ((OwnServers) servers).running();
    }

    public SteadyLoad load() {
        return round.load();
    }

    /** Returns when all processes are ready, and an urgent and an ordinary event after that are at every subscriber. */
    public void awaitRecovered(Duration within) {
        processes().forEach(MillraceProcess::awaitReady);
        awaitFlowing(within);
    }

    /** Returns when an urgent and an ordinary event from now on are at every subscriber. */
    public void awaitFlowing(Duration within) {
        round.awaitFlowing(within);
    }

    /**
     * Returns when the bus brings what is committed on any node to whoever listens on any other: that a subscriber has an
     * event is no proof, since what the bus doesn't bring is fetched from history.
     */
    public void awaitRouted(Duration within) {
        processes().forEach(MillraceProcess::awaitReady);
        List<ApiClient> fronts = pipeline.running("ingest").stream()
                .map(front -> new ApiClient(front.uri("/"), pipeline.signer().token("shop", "staff")))
                .toList();
        await().atMost(within).ignoreExceptions().until(() -> routed(fronts));
    }

    private boolean routed(List<ApiClient> fronts) {
        double fetched = fetched();
        Set<String> posted = new HashSet<>();
        for (int i = 0; i < PROBES; i++) {
            JsonObject order = Shop.order();
            if (fronts.get(i % fronts.size()).post(order).status() != 201) {
                return false;
            }
            posted.add(order.getString("id"));
        }
        round.awaitOrders(posted, PROMPTLY);
        return fetched() == fetched;
    }

    /** Events that some stage had to fetch from history. */
    private double fetched() {
        return processes().stream()
                .map(MetricsReader::new)
                .mapToDouble(metrics -> FOLLOWERS.stream()
                        .mapToDouble(stage -> metrics.sum("millrace_" + stage + "_fetched_events_total"))
                        .sum())
                .sum();
    }

    /** Ends the load, waits until everything has caught up, and finds nothing lost, doubled, missed or repeated. */
    public String verdict() {
        processes().stream().filter(process -> !process.isAlive()).forEach(MillraceProcess::launch);
        processes().forEach(MillraceProcess::awaitReady);
        return round.verdict();
    }

    /** The verdict so far; then another load with subscribers of its own, so that what is kept for the verdict stays small. */
    public String nextRound() {
        String verdict = verdict();
        round.close();
        round = new ConsistencyRound(pipeline, eventsPerSecond);
        return verdict;
    }

    @Override
    public void close() {
        round.close();
        pipeline.close();
        servers.close();
    }
}

package io.millrace.systemtests.load;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.backends.RunningBackends;
import io.millrace.platform.node.Backends;
import io.millrace.systemtests.contract.BusProgram;
import io.millrace.systemtests.environment.OwnServers;
import io.millrace.systemtests.environment.ReadyFronts;
import io.millrace.systemtests.environment.Repository;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.StreamLog;
import io.millrace.testkit.network.NetworkNamespaces;
import io.millrace.testkit.process.MetricsReader;
import io.millrace.testkit.process.MillraceProcess;
import io.millrace.testkit.process.Pipeline;
import io.millrace.testkit.process.Ports;
import io.millrace.testkit.process.Release;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A pipeline over four processes and servers of its own, a steady load, subscribers that come back, and the oracle: every
 * acknowledged id is written down, and at the end compared with the table and with what each subscriber received.
 */
public final class ConsistencyScenario implements AutoCloseable {
    private static final int SUBSCRIBERS = 3;
    /** Everything that waited is committed and delivered by then. */
    private static final Duration CATCH_UP = Duration.ofSeconds(90);
    /** Whether the bus is right is asked by so many events. */
    private static final int PROBES = 30;

    /** The stages that follow streams. */
    private static final List<String> FOLLOWERS = List.of("cache", "broadcast", "aggregate");

    private static final Duration PROMPTLY = Duration.ofSeconds(5);

    private final Backends.Running servers;
    private final Pipeline pipeline;
    private final ReadyFronts fronts;
    private final String orders;
    private final String stocks;
    private final List<ReconnectingSubscriber> subscribers = new ArrayList<>();
    private final SteadyLoad load;

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
        fronts = new ReadyFronts(pipeline.signer().token("shop", "staff"));
        fronts.add(pipeline.front());
        ApiClient staff = fronts.get();
        orders = staff.head(Shop.ORDERS);
        stocks = staff.head(Shop.INVENTORY);
        int broadcasts = pipeline.running("broadcast").size();
        for (int i = 0; i < SUBSCRIBERS; i++) {
            int node = i % broadcasts;
            ReconnectingSubscriber subscriber = new ReconnectingSubscriber(
                    () -> pipeline.running("broadcast").get(node).uri("/api/ws"),
                    pipeline.signer().token("s-" + i, "staff"));
            subscriber.follow(Shop.ORDERS, orders);
            subscriber.follow(Shop.INVENTORY, stocks);
            subscribers.add(subscriber);
        }
        load = SteadyLoad.start(fronts, eventsPerSecond);
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
                fronts.add(young);
            }
            load.awaitMore(1);
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
        return load;
    }

    /** Returns when all processes are ready, and an urgent and an ordinary event after that are at every subscriber. */
    public void awaitRecovered(Duration within) {
        processes().forEach(MillraceProcess::awaitReady);
        awaitFlowing(within);
    }

    /** Returns when an urgent and an ordinary event from now on are at every subscriber. */
    public void awaitFlowing(Duration within) {
        Set<String> ordersBefore = load.orders();
        Set<String> stocksBefore = load.stocks();
        await().atMost(within)
                .until(() -> arrived(Shop.ORDERS, load.orders(), ordersBefore)
                        && arrived(Shop.INVENTORY, load.stocks(), stocksBefore));
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
        await().atMost(PROMPTLY).until(() -> subscribers.stream()
                .map(subscriber -> subscriber.log(Shop.ORDERS))
                .allMatch(log -> posted.stream().allMatch(log::has)));
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

    private boolean arrived(String stream, Set<String> acknowledged, Set<String> before) {
        Set<String> fresh = new HashSet<>(acknowledged);
        fresh.removeAll(before);
        return subscribers.stream().map(subscriber -> subscriber.log(stream)).allMatch(log -> fresh.stream()
                .anyMatch(log::has));
    }

    /** Ends the load, waits until everything has caught up, and finds nothing lost, doubled, missed or repeated. */
    public String verdict() {
        processes().stream().filter(process -> !process.isAlive()).forEach(MillraceProcess::launch);
        processes().forEach(MillraceProcess::awaitReady);
        load.stop();
        int rows = compared(Shop.ORDERS, orders, load.orders()) + compared(Shop.INVENTORY, stocks, load.stocks());
        int acknowledged = load.acknowledged();
        assertTrue(acknowledged > 0);
        return String.format(
                Locale.ROOT,
                "%,d acknowledged, %,d refused or unanswered, %,d rows; 0 lost, 0 doubled, 0 gaps at %d subscribers that"
                        + " came back %d times",
                acknowledged,
                load.refusals().size(),
                rows,
                subscribers.size(),
                subscribers.stream().mapToInt(ReconnectingSubscriber::returns).sum());
    }

    private int compared(String stream, String from, Set<String> acknowledged) {
        await().atMost(CATCH_UP)
                .pollInterval(Duration.ofSeconds(1))
                .ignoreExceptions()
                .until(() -> new HashSet<>(Shop.eventIds(fronts.get().historyAfter(stream, from)))
                        .containsAll(acknowledged));
        List<String> stored = settled(stream, from);
        assertEquals(stored.size(), new TreeSet<>(stored).size(), "rows of " + stream + ", each once");
        for (ReconnectingSubscriber subscriber : subscribers) {
            StreamLog log = subscriber.log(stream);
            await().atMost(CATCH_UP).until(() -> log.size() >= stored.size());
            assertEquals(List.of(), log.faults(), "what a subscriber of " + stream + " saw");
            assertEquals(stored, log.ids(), "what a subscriber of " + stream + " received");
        }
        return stored.size();
    }

    /** What was never answered may still be on its way. */
    private List<String> settled(String stream, String from) {
        List<List<String>> seen = new ArrayList<>(List.of(List.of()));
        await().atMost(CATCH_UP).pollInterval(Duration.ofSeconds(2)).until(() -> {
            seen.add(Shop.eventIds(fronts.get().historyAfter(stream, from)));
            return seen.get(seen.size() - 1).size() == seen.get(seen.size() - 2).size();
        });
        return seen.get(seen.size() - 1);
    }

    @Override
    public void close() {
        load.close();
        fronts.close();
        subscribers.forEach(ReconnectingSubscriber::close);
        pipeline.close();
        servers.close();
    }
}

package io.millrace.testkit.process;

import io.millrace.platform.node.Backends;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.TokenSigner;
import io.millrace.testkit.network.NetworkNamespaces;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A whole Millrace on servers that run already: in one process, or split over four that find each other through
 * Hazelcast. Not thread-safe.
 */
public final class Pipeline implements AutoCloseable {
    /** Signs tokens in every test. */
    public static final String SECRET = "the-secret-of-the-tests-0123456789abcdef";

    /** Of all pipelines, so that no two processes have one log file. */
    private static final AtomicInteger BUILT = new AtomicInteger();

    /** How the stages are spread. The first process takes the events. */
    public enum Layout {
        ONE_PROCESS(List.of("sources,ingest,router,queue,persistence,cache,broadcast,sinks,aggregate,api,dashboard")),
        FOUR_PROCESSES(List.of(
                "sources,ingest,router,api", "queue", "persistence,cache,aggregate,sinks", "broadcast,dashboard")),
        THREE_WHOLE_PROCESSES(Collections.nCopies(3, ONE_PROCESS.processes.get(0)));

        private final List<String> processes;

        Layout(List<String> processes) {
            this.processes = processes;
        }
    }

    private final Ports ports;
    private Release release;
    private final Path outputs;
    private final Backends.Running backends;
    private final @Nullable NetworkNamespaces lan;
    private final Map<String, String> settings;
    private final List<NetworkNamespaces.Host> hosts = new ArrayList<>();
    private final String clusterName;
    private final List<MillraceProcess> processes = new ArrayList<>();
    private final List<String> members = new ArrayList<>();
    private final TokenSigner signer = new TokenSigner(SECRET);

    /**
     * @param conf the folder with {@code cluster.xml} and {@code domains/}
     * @param outputs where the processes' log files are written
     */
    public Pipeline(Layout layout, Path conf, Path outputs, Backends.Running backends, Ports ports) {
        this(layout, Release.here(conf), outputs, backends, ports, null, Map.of());
    }

    /**
     * @param release what the processes run
     * @param lan where each process has a host of its own; null if all are on this one
     * @param settings of every process, beside the usual ones
     */
    public Pipeline(
            Layout layout,
            Release release,
            Path outputs,
            Backends.Running backends,
            Ports ports,
            @Nullable NetworkNamespaces lan,
            Map<String, String> settings) {
        this.lan = lan;
        this.settings = settings;
        this.release = release;
        this.outputs = outputs;
        this.backends = backends;
        this.ports = ports;
        List<MillraceProcess.Builder> builders =
                layout.processes.stream().map(this::builder).toList();
        builders.forEach(builder -> members.add(builder.clusterAddress()));
        // Its own among all that run: a node remembers for hours who was a member, and when another program listens
        // there, two clusters of one name become one.
        this.clusterName = "test-" + members.get(0).replace(':', '-') + "-"
                + ProcessHandle.current().pid();
        boolean complete = false;
        try {
            for (MillraceProcess.Builder builder : builders) {
                processes.add(builder.cluster(clusterName, members).build());
            }
            // One is there first, so that the others join it instead of each founding a cluster.
            processes.get(0).launch();
            processes.get(0).awaitReady();
            processes.stream().skip(1).forEach(MillraceProcess::launch);
            processes.forEach(MillraceProcess::awaitReady);
            complete = true;
        } finally {
            if (!complete) {
                processes.forEach(MillraceProcess::kill);
            }
        }
    }

    /** From now on processes that are started are of another release. */
    public void use(Release next) {
        release = next;
    }

    /** More processes, each with some stages; returns when they are ready. */
    public List<MillraceProcess> add(String... stages) {
        return add(Map.of(), stages);
    }

    /** The same, with variables in the processes' environment. */
    public List<MillraceProcess> add(Map<String, String> environment, String... stages) {
        List<MillraceProcess> added = new ArrayList<>();
        for (String some : stages) {
            MillraceProcess.Builder builder = builder(some);
            environment.forEach(builder::environment);
            members.add(builder.clusterAddress());
            added.add(builder.cluster(clusterName, members).build());
        }
        processes.addAll(added);
        added.forEach(MillraceProcess::launch);
        added.forEach(MillraceProcess::awaitReady);
        return added;
    }

    /**
     * As a rolling release does it: another process with the same stages, ready when this returns, takes the place of an
     * old one, which is the caller's to stop from now on.
     */
    public MillraceProcess replace(MillraceProcess old) {
        MillraceProcess young = add(old.stages()).get(0);
        processes.remove(young);
        processes.set(processes.indexOf(old), young);
        return young;
    }

    private MillraceProcess.Builder builder(String stages) {
        boolean whole = stages.equals(Layout.ONE_PROCESS.processes.get(0));
        String name = (whole ? "all" : stages.replace(',', '-')) + "-" + BUILT.incrementAndGet();
        MillraceProcess.Builder builder = new MillraceProcess.Builder(name, release, outputs, SECRET, ports);
        if (lan != null) {
            NetworkNamespaces.Host host = lan.host();
            hosts.add(host);
            builder.on(host);
        }
        builder.stages(stages.split(",", -1))
                .backends(backends)
                // Tests connect and speak more often than people do.
                .set("broadcast.connect.rate", "100000")
                .set("broadcast.message.rate", "100000")
                .set("broadcast.poll.rate", "100000")
                .set("broadcast.connections.user", "0")
                // And wait less long to see Redis answer, and a bad event given up.
                .set("cache.near.ttl", "1s")
                .set("queue.retry.delay", "200ms");
        settings.forEach(builder::set);
        return builder;
    }

    /** The processes in the order in which they were started. */
    public List<MillraceProcess> processes() {
        return List.copyOf(processes);
    }

    /** Those that run a stage, in the same order. */
    public List<MillraceProcess> running(String stage) {
        return processes.stream().filter(process -> process.runs(stage)).toList();
    }

    /** Where the processes are, in the same order; empty if they have no hosts of their own. */
    public List<NetworkNamespaces.Host> hosts() {
        return List.copyOf(hosts);
    }

    /** The first process with {@code ingest} and {@code api}. */
    public MillraceProcess front() {
        return processes.get(0);
    }

    /** The first process with {@code broadcast} and {@code dashboard}. */
    public MillraceProcess broadcast() {
        return running("broadcast").get(0);
    }

    public Backends.Running backends() {
        return backends;
    }

    public String clusterName() {
        return clusterName;
    }

    /** {@code host:port} of the nodes. */
    public List<String> members() {
        return List.copyOf(members);
    }

    public TokenSigner signer() {
        return signer;
    }

    /** Speaks HTTP to the front as somebody. */
    public ApiClient api(String user, String... roles) {
        return new ApiClient(front().uri("/"), signer.token(user, roles));
    }

    /** A WebSocket to the broadcast node as somebody. */
    public SocketClient socket(String user, String... roles) {
        return SocketClient.open(broadcast().uri("/api/ws"), signer.token(user, roles));
    }

    /** Ends all processes, the first in event order first. */
    @Override
    public void close() {
        processes.forEach(MillraceProcess::terminate);
        processes.forEach(MillraceProcess::close);
    }
}

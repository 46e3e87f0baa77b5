package io.millrace.testkit;

import io.millrace.platform.Backends;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A whole Millrace on servers that run already: in one process, or split over four that find each other through
 * Hazelcast. Not thread-safe.
 */
public final class Pipeline implements AutoCloseable {
    /** Signs tokens in every test. */
    public static final String SECRET = "the-secret-of-the-tests-0123456789abcdef";

    /** How the stages are spread. The first process takes the events. */
    public enum Layout {
        ONE_PROCESS(List.of("ingest,router,queue,persistence,cache,broadcast,aggregate,api,dashboard")),
        FOUR_PROCESSES(List.of("ingest,router,api", "queue", "persistence,cache,aggregate", "broadcast,dashboard"));

        private final List<String> processes;

        Layout(List<String> processes) {
            this.processes = processes;
        }
    }

    private final Ports ports;
    private final Path conf;
    private final Path outputs;
    private final Backends.Running backends;
    private final String clusterName;
    private final List<MillraceProcess> processes = new ArrayList<>();
    private final List<String> members = new ArrayList<>();
    private final TokenSigner signer = new TokenSigner(SECRET);
    private int built;

    /**
     * @param conf the folder with {@code cluster.xml} and {@code domains/}
     * @param outputs where the processes' log files are written
     */
    public Pipeline(Layout layout, Path conf, Path outputs, Backends.Running backends, Ports ports) {
        this.conf = conf;
        this.outputs = outputs;
        this.backends = backends;
        this.ports = ports;
        this.clusterName =
                "test-" + layout.name() + "-" + ProcessHandle.current().pid();
        List<MillraceProcess.Builder> builders =
                layout.processes.stream().map(this::builder).toList();
        builders.forEach(builder -> members.add(builder.clusterAddress()));
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

    /** More processes, each with some stages; returns when they are ready. */
    public List<MillraceProcess> add(String... stages) {
        List<MillraceProcess> added = new ArrayList<>();
        for (String some : stages) {
            MillraceProcess.Builder builder = builder(some);
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
        String name = stages.contains("queue,") ? "all" : stages.replace(',', '-') + "-" + ++built;
        return new MillraceProcess.Builder(name, conf, outputs, SECRET, ports)
                .stages(stages.split(",", -1))
                .backends(backends)
                // Tests connect and speak more often than people do.
                .set("broadcast.attempts.max", "100000")
                .set("broadcast.messages.max", "100000")
                // And wait less long to see Redis answer, and a bad event given up.
                .set("cache.near.ttl", "1s")
                .set("queue.retry.delay", "200ms");
    }

    /** The processes in the order in which they were started. */
    public List<MillraceProcess> processes() {
        return List.copyOf(processes);
    }

    /** The process with {@code ingest} and {@code api}. */
    public MillraceProcess front() {
        return processes.get(0);
    }

    /** The process with {@code broadcast} and {@code dashboard}. */
    public MillraceProcess broadcast() {
        return processes.size() == 1 ? processes.get(0) : processes.get(3);
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
    public Api api(String user, String... roles) {
        return new Api(front().uri("/"), signer.token(user, roles));
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

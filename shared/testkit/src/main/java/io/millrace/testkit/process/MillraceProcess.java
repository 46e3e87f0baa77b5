package io.millrace.testkit.process;

import io.millrace.platform.node.Backends;
import io.millrace.testkit.client.Transport;
import io.millrace.testkit.network.NetworkNamespaces;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Millrace as a user runs it: one JVM of its own, on this JVM's class path or of another release. It keeps its ports over a restart. What it
 * prints goes to a file, whose end is in the message when a start fails. Not thread-safe.
 */
public final class MillraceProcess implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(90);
    private static final Duration STOP = Duration.ofSeconds(45);
    private static final int LOOK_EVERY_MS = 50;
    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();

    private final Builder spec;
    private final ClassArchive archive;
    private final ChildProcess program;

    private MillraceProcess(Builder spec) {
        this.spec = spec;
        this.archive = new ClassArchive(spec.outputs);
        this.program = new ChildProcess(spec.name, spec.outputs.resolve("millrace-" + spec.name + ".log"));
    }

    /** How it is started; begins with ports of its own, alone in a cluster of its own, and all stages. */
    public static final class Builder {
        private final String name;
        private final Release release;
        private final Path outputs;
        private final int httpPort;
        private final int managementPort;
        private final int tcpPort;
        private final int clusterPort;
        private final Map<String, String> settings = new LinkedHashMap<>();
        private final Map<String, String> environment = new LinkedHashMap<>();
        private final List<String> arguments = new ArrayList<>();
        private List<String> stages = List.of();
        private NetworkNamespaces.@Nullable Host host;

        /**
         * @param name of its log file, and its part in the name of its cluster
         * @param release what it runs
         * @param outputs where its log file is written
         * @param secret the key that signs tokens
         */
        public Builder(String name, Release release, Path outputs, String secret, Ports ports) {
            this.name = name;
            this.release = release;
            this.outputs = outputs;
            environment.put("MILLRACE_AUTH_SECRET", secret);
            this.httpPort = ports.free();
            this.managementPort = ports.free();
            this.tcpPort = ports.free();
            this.clusterPort = ports.free();
            Transport.tcpAt(httpPort, tcpPort);
            set("tcp.enabled", "true");
            set("tcp.port", Integer.toString(tcpPort));
            set("http.port", Integer.toString(httpPort));
            set("management.port", Integer.toString(managementPort));
            set("cluster.port", Integer.toString(clusterPort));
            set("cluster.bus.port", Integer.toString(ports.free()));
            cluster("test-" + name + "-" + ProcessHandle.current().pid(), List.of(clusterAddress()));
        }

        /** A setting, as {@code --set} gives it. */
        public Builder set(String setting, String value) {
            settings.put(setting, value);
            return this;
        }

        /** A variable of its environment, as a source's file names a secret by. */
        public Builder environment(String name, String value) {
            environment.put(name, value);
            return this;
        }

        public Builder stages(String... stages) {
            this.stages = List.of(stages);
            arguments.addAll(List.of("--stages", String.join(",", stages)));
            return this;
        }

        /** On a host of its own; {@link #backends} are reached from there. */
        public Builder on(NetworkNamespaces.Host host) {
            this.host = host;
            host.serves(httpPort);
            host.serves(managementPort);
            host.serves(tcpPort);
            // Nobody else is on that network.
            return set("cluster.host", host.address()).set("cluster.insecure", "true");
        }

        /** Servers that run already. */
        public Builder backends(Backends.Running running) {
            if (host != null) {
                host.reaches(port(running.postgresUri()));
                host.reaches(port(running.redisUri()));
                host.reaches(port(running.kafkaBootstrap()));
            }
            return set("postgres.uri", running.postgresUri())
                    .set("redis.uri", running.redisUri())
                    .set("kafka.bootstrap", running.kafkaBootstrap());
        }

        /** Servers of its own, whose data lie in {@code data}. */
        public Builder embeddedBackends(Path data) {
            arguments.addAll(List.of("--backends", "embedded", "--data", data.toString()));
            return this;
        }

        private static int port(String uri) {
            return Integer.parseInt(uri.replaceFirst(".*:(\\d+).*", "$1"));
        }

        /** Where other nodes find this one. */
        public String clusterAddress() {
            return (host == null ? "127.0.0.1" : host.address()) + ":" + clusterPort;
        }

        public Builder cluster(String clusterName, List<String> members) {
            return set("cluster.name", clusterName).set("cluster.members", String.join(",", members));
        }

        /** Not started yet. */
        public MillraceProcess build() {
            return new MillraceProcess(this);
        }

        /**
         * Starts and ends one, if nobody has since these classes were compiled, so that those that follow start in half of
         * the time.
         */
        public void archiveClasses() {
            MillraceProcess process = build();
            try {
                if (process.archive.wanted()) {
                    process.launch(process.archive.make());
                    process.awaitReady();
                    process.stop();
                    process.archive.made();
                }
            } catch (IOException problem) {
                throw new UncheckedIOException(problem);
            } finally {
                process.kill();
            }
        }

        /** Returns when it is ready. */
        public MillraceProcess start() {
            MillraceProcess process = build();
            process.launch();
            process.awaitReady();
            return process;
        }
    }

    /** Starts the JVM and returns at once; {@link #awaitReady} waits for it. */
    public void launch() {
        launch(archive.use());
    }

    private void launch(List<String> archiving) {
        if (isAlive()) {
            throw new IllegalStateException(spec.name + " runs already");
        }
        List<String> command = new ArrayList<>(spec.host == null ? List.of() : spec.host.prefix());
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(NodeJvm.options());
        command.addAll(spec.release.program(archiving));
        command.addAll(spec.arguments);
        spec.settings.forEach((setting, value) -> command.addAll(List.of("--set", setting + "=" + value)));
        program.start(command, environment -> {
            // Whoever runs the tests may have settings of their own.
            environment.keySet().removeIf(variable -> variable.startsWith("MILLRACE_"));
            environment.putAll(spec.environment);
        });
    }

    /** Returns when {@code /health/ready} says so; fails with the end of its output if it ends or takes too long. */
    public void awaitReady() {
        long deadline = System.nanoTime() + START.toNanos();
        while (System.nanoTime() < deadline) {
            if (program.ended(Duration.ofMillis(LOOK_EVERY_MS))) {
                throw new IllegalStateException(spec.name + " ended while it started:\n" + lastOutput());
            }
            if (isReady()) {
                return;
            }
        }
        throw new IllegalStateException(spec.name + " isn't ready after " + START.toSeconds() + " s:\n" + lastOutput());
    }

    /** What {@code /health/ready} says now. */
    public boolean isReady() {
        try {
            HttpRequest request = HttpRequest.newBuilder(managementUri("/health/ready"))
                    .timeout(Duration.ofSeconds(2))
                    .build();
            return HTTP.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException notYet) {
            return false;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", interrupted);
        }
    }

    public URI uri(String path) {
        return URI.create("http://127.0.0.1:" + spec.httpPort + path);
    }

    /** The port of the TCP bridge. */
    public int tcpPort() {
        return spec.tcpPort;
    }

    /** On the port of metrics and probes. */
    public URI managementUri(String path) {
        return URI.create("http://127.0.0.1:" + spec.managementPort + path);
    }

    /** Of its log file. */
    public String name() {
        return spec.name;
    }

    /** Whether it runs that stage. */
    public boolean runs(String stage) {
        return spec.stages.isEmpty() || spec.stages.contains(stage);
    }

    /** As {@code --stages} says them. */
    public String stages() {
        return spec.stages.isEmpty() ? "all" : String.join(",", spec.stages);
    }

    /** For signals; -1 before the first start. */
    public long pid() {
        return program.pid();
    }

    public boolean isAlive() {
        return program.isAlive();
    }

    /** SIGTERM: it drains; returns when it has ended. */
    public void stop() {
        stop(STOP);
    }

    /** SIGTERM; fails, and kills it, if it hasn't ended after so long. */
    public void stop(Duration within) {
        terminate();
        if (!program.ended(within)) {
            kill();
            throw new IllegalStateException(
                    spec.name + " didn't stop within " + within.toSeconds() + " s:\n" + lastOutput());
        }
    }

    /** SIGTERM, without waiting. */
    public void terminate() {
        program.terminate();
    }

    /** STOP: its sockets stay open, and nobody answers; CONT: it goes on as if nothing had been. */
    public void signal(String name) {
        program.signal(name);
    }

    /** SIGKILL; returns when it is gone. */
    public void kill() {
        program.kill(STOP);
    }

    /** The end of what it printed. */
    public String lastOutput() {
        return program.lastOutput();
    }

    @Override
    public void close() {
        if (isAlive()) {
            stop();
        }
    }
}

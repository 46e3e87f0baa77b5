package io.millrace.backends.server;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import kafka.server.KafkaRaftServer;

/**
 * Kafka 4.1.2 in KRaft mode, broker and controller in one child JVM of 350 MB. Topics have to be created; they and what
 * they hold stay between runs. The child ends when this process does, however that happens.
 */
public final class EmbeddedKafka extends EmbeddedServer {
    private static final String NAME = "Kafka 4.1.2";

    /** The system property that tests set. */
    private static final String SHORT_LIVED = "millrace.kafka.short-lived";

    /** After a crash the log is recovered and the old session has to run out. */
    private static final Duration START_LIMIT = Duration.ofSeconds(60);

    private static final Duration STOP_LIMIT = Duration.ofSeconds(10);

    private final int node;
    /** Of each broker of the cluster, by its number less one; 0 for any free one, chosen at each start. */
    private final List<Integer> controllerPorts;

    private final List<String> settings;

    private EmbeddedKafka(
            Path directory, int port, int node, List<Integer> controllerPorts, Map<String, String> settings) {
        super(directory, port);
        this.node = node;
        this.controllerPorts = controllerPorts;
        this.settings = settings.entrySet().stream()
                .map(setting -> setting.getKey() + "=" + setting.getValue())
                .toList();
    }

    /**
     * Starts it and blocks until it serves, two to three seconds.
     *
     * @param directory its own, created if need be and kept
     * @param port 1 to 65535, or 0 for any free one; the controller's is another free one
     * @throws IOException in one line that a person can act on
     */
    public static EmbeddedKafka start(Path directory, int port) throws IOException {
        return start(directory, port, Map.of());
    }

    /** @param settings of the broker, by Kafka's names, that are to be other than usual */
    public static EmbeddedKafka start(Path directory, int port, Map<String, String> settings) throws IOException {
        var kafka = new EmbeddedKafka(directory, FreePorts.choose(NAME, port), 1, List.of(0), settings);
        kafka.restart();
        return kafka;
    }

    /**
     * Starts several brokers that are one cluster, each a controller too, and blocks until all serve. Their topics have as
     * many replicas as their creator asks for; Kafka's own have three.
     *
     * @param directory of the brokers' own directories, {@code broker-1} and so on
     * @throws IOException in one line that a person can act on; no broker runs then
     */
    public static List<EmbeddedKafka> startCluster(Path directory, int brokers) throws IOException {
        List<Integer> controllerPorts = new ArrayList<>();
        for (int i = 0; i < brokers; i++) {
            controllerPorts.add(FreePorts.choose("Kafka's controller", 0));
        }
        List<EmbeddedKafka> cluster = new ArrayList<>();
        for (int i = 1; i <= brokers; i++) {
            cluster.add(new EmbeddedKafka(
                    directory.resolve("broker-" + i), FreePorts.choose(NAME, 0), i, controllerPorts, Map.of()));
        }
        // A broker serves when most controllers do, so all start together.
        List<FutureTask<Void>> starts =
                cluster.stream().map(EmbeddedKafka::startBeside).toList();
        try {
            for (FutureTask<Void> start : starts) {
                start.get();
            }
            return cluster;
        } catch (ExecutionException failed) {
            cluster.forEach(EmbeddedServer::stop);
            throw new IOException("Kafka's cluster didn't start: " + failed.getCause(), failed);
        } catch (InterruptedException interrupted) {
            cluster.forEach(EmbeddedServer::stop);
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while Kafka's cluster was starting");
        }
    }

    private FutureTask<Void> startBeside() {
        FutureTask<Void> start = new FutureTask<>(() -> {
            restart();
            return null;
        });
        new Thread(start, "start-kafka-" + node).start();
        return start;
    }

    /** Its number in the cluster, by which Kafka's tools name it. */
    public int node() {
        return node;
    }

    /** {@code 127.0.0.1:port}, the bootstrap servers. */
    @Override
    public String uri() {
        return "127.0.0.1:" + port();
    }

    @Override
    Process launch() throws IOException {
        stopLeftover();
        Path log = directory().resolve("kafka.log");
        Path ready = KafkaServer.readyFile(directory());
        Files.deleteIfExists(ready);
        Process process = ServerProcesses.server(command(), directory(), log);
        ServerProcesses.awaitReady(NAME, process, log, START_LIMIT, () -> Files.exists(ready));
        return process;
    }

    private List<String> command() throws IOException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        List<String> command = ServerProcesses.command(List.of(java.toString()), "-Xmx256m", "-XX:+UseSerialGC");
        // Each collection holds up whoever sends, 15 ms: half of the heap for the young makes them rare.
        command.addAll(List.of("-Xmn128m", "-Djava.awt.headless=true"));
        if (Boolean.getBoolean(SHORT_LIVED)) {
            // Half of the CPU of a start; a broker of a day is better compiled.
            command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:ReservedCodeCacheSize=128m"));
        }
        command.addAll(List.of("-Dlogback.configurationFile=kafka-logback.xml", "-cp", classPath()));
        command.addAll(List.of(KafkaServer.class.getName(), directory().toString(), Integer.toString(port())));
        int own = controllerPorts.get(node - 1);
        int controllerPort = own == 0 ? FreePorts.choose("Kafka's controller", 0) : own;
        command.add(Integer.toString(controllerPort));
        command.add(Integer.toString(node));
        command.add(IntStream.range(0, controllerPorts.size())
                .mapToObj(i -> i + 1 + ":" + (i + 1 == node ? controllerPort : controllerPorts.get(i)))
                .collect(Collectors.joining(",")));
        command.addAll(settings);
        return command;
    }

    /** The jar that holds us and Kafka, if there is one; else (in tests) all that this JVM has. */
    private static String classPath() throws IOException {
        Path ours = jarOf(EmbeddedKafka.class);
        return ours.equals(jarOf(KafkaRaftServer.class)) ? ours.toString() : System.getProperty("java.class.path");
    }

    private static Path jarOf(Class<?> type) throws IOException {
        try {
            return Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IOException("can't tell where " + type.getName() + " was loaded from", e);
        }
    }

    /** A child whose parent was killed ends by itself; it gets the time that takes. */
    private void stopLeftover() throws IOException {
        long deadline = System.nanoTime() + STOP_LIMIT.toNanos();
        for (Optional<ProcessHandle> left = leftover(); left.isPresent(); left = leftover()) {
            if (System.nanoTime() > deadline) {
                left.get().destroyForcibly();
            }
            ServerProcesses.pause();
        }
    }

    /** The process that the pid file tells, unless its pid has become another's: then it began at another time. */
    private Optional<ProcessHandle> leftover() throws IOException {
        Path file = KafkaServer.pidFile(directory());
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        String[] pidAndStart = Files.readString(file).strip().split(" ", -1);
        if (pidAndStart.length != 2) {
            return Optional.empty();
        }
        Instant start = Instant.parse(pidAndStart[1]);
        return ProcessHandle.of(Long.parseLong(pidAndStart[0])).filter(p -> isJavaSince(start, p.info()));
    }

    private static boolean isJavaSince(Instant start, ProcessHandle.Info info) {
        // The kernel counts from boot, so setting the clock moves what it tells by as much.
        Duration tolerance = Duration.ofSeconds(2);
        return info.command().map(c -> c.endsWith("/java")).orElse(false)
                && info.startInstant()
                        .map(s -> Duration.between(s, start).abs().compareTo(tolerance) < 0)
                        .orElse(false);
    }

    @Override
    void end(Process running) throws IOException {
        running.getOutputStream().close();
        ServerProcesses.endsWithin(running, STOP_LIMIT);
    }
}

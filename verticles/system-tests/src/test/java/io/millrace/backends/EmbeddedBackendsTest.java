package io.millrace.backends;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.backends.server.EmbeddedPostgres;
import io.millrace.backends.server.EmbeddedServer;
import io.millrace.backends.server.ServerProcesses;
import io.millrace.platform.node.Backends;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Lies here, with classes that have servers of their own, since the other modules' tests need not wait for it. */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("EmbeddedBackendsTest")
@Order(61)
@Tag("slow")
@Timeout(90)
class EmbeddedBackendsTest {
    /** One for the class: the programs are unpacked once, and each test meets what the ones before it left. */
    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    private final List<String> progress = new ArrayList<>();

    @Test
    void whatWasAcknowledgedIsThereAfterACrashOfEachServerAndAfterARestart() throws Exception {
        try (RunningBackends running = start()) {
            assertEquals(4, progress.size(), progress::toString);
            assertEquals(List.of("millrace"), postgres(running, "create table kept(n int); select current_database()"));
            postgres(running, "insert into kept values (1)");
            produce(running.kafkaBootstrap(), "kept", "one");
            assertEquals("+PONG", redis(running, "PING"));

            for (EmbeddedServer server : List.of(running.postgres(), running.redis(), running.kafka())) {
                int port = server.port();
                long pid = server.pid();
                server.kill();
                assertFalse(server.isRunning());
                server.restart();
                assertEquals(port, server.port());
                assertNotEquals(pid, server.pid());
            }
            assertEquals(List.of("1"), postgres(running, "select n from kept"));
            assertEquals("+PONG", redis(running, "PING"));
            assertEquals("one", consume(running.kafkaBootstrap(), "kept"));
        }
        try (RunningBackends running = start()) {
            assertEquals(List.of("1"), postgres(running, "select n from kept"));
            assertEquals("one", consume(running.kafkaBootstrap(), "kept"));
            assertThrows(
                    Exception.class, () -> produceWithoutTopic(running.kafkaBootstrap()), "topics are never made up");
        }
    }

    @Test
    void aSecondMillraceIsTurnedAwayAndWhatAKilledOneLeftIsStopped() throws Exception {
        Process first = anotherMillrace();
        long redisPid;
        try (BufferedReader addresses = first.inputReader(StandardCharsets.UTF_8)) {
            assertTrue(addresses.readLine().startsWith("postgresql://millrace@127.0.0.1:"));
            assertTrue(addresses.readLine().startsWith("redis://127.0.0.1:"));
            assertTrue(addresses.readLine().startsWith("127.0.0.1:"));
            redisPid = onlyRedis().pid();

            String refused = refusal(this::start);
            assertEquals(directory + " is in use by the Millrace with pid " + first.pid(), refused);
        } finally {
            first.destroyForcibly().waitFor();
        }
        assertEquals(redisPid, onlyRedis().pid(), "Redis outlives a killed parent");
        try (RunningBackends running = start()) {
            assertEquals(running.redis().pid(), onlyRedis().pid());
            assertNotEquals(redisPid, onlyRedis().pid());
            assertEquals(List.of("2"), postgres(running, "select 1 + 1"));

            String refused = refusal(this::start);
            String self = Long.toString(ProcessHandle.current().pid());
            assertEquals(directory + " is in use by the Millrace with pid " + self, refused);
        }
        assertTrue(ServerProcesses.runningFrom(directory).isEmpty());
    }

    @Test
    void theEndOfStandardInputStopsEverything() throws Exception {
        Process other = anotherMillrace();
        try (BufferedReader addresses = other.inputReader(StandardCharsets.UTF_8)) {
            assertTrue(addresses.readLine().startsWith("postgresql://"));
            assertFalse(ServerProcesses.runningFrom(directory).isEmpty());
            other.getOutputStream().close();
            assertTrue(other.waitFor(20, TimeUnit.SECONDS));
        } finally {
            other.destroyForcibly();
        }
        assertEquals(0, other.exitValue());
        assertTrue(ServerProcesses.runningFrom(directory).isEmpty());
    }

    @Test
    void aPortInUseIsNamedAndNothingIsLeftRunning() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            String refused = refusal(() -> new EmbeddedBackends(0, port, 0).start(directory, progress::add));
            assertTrue(refused.startsWith("port " + port + " on 127.0.0.1, meant for Redis"));
        }
        assertTrue(ServerProcesses.runningFrom(directory).isEmpty());
    }

    @Test
    void aDirectoryThatCannotBeWrittenIsReportedInOneLine(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "");
        String refused = refusal(() -> new EmbeddedBackends().start(file, progress::add));
        assertTrue(refused.startsWith(file + " can't be used as a data directory"), refused);
    }

    @Test
    void aServerThatCannotStartReportsTheLastLinesOfItsLog(@TempDir Path folder) throws Exception {
        Path data = Files.createDirectories(folder.resolve("data"));
        Files.writeString(data.resolve("PG_VERSION"), "9\n");
        String refused = refusal(() -> EmbeddedPostgres.start(folder, 0));
        assertTrue(refused.contains("PostgreSQL 18.4 didn't start (exit code "), refused);
        assertTrue(refused.endsWith("; log: " + folder.resolve("postgres.log")), refused);
        assertEquals(1, refused.lines().count());
    }

    @Test
    void theLauncherFindsItAsAService() {
        assertInstanceOf(
                EmbeddedBackends.class,
                ServiceLoader.load(Backends.class).findFirst().orElseThrow());
    }

    private RunningBackends start() throws IOException {
        return new EmbeddedBackends().start(directory, progress::add);
    }

    private static String refusal(Executable action) {
        return String.valueOf(assertThrows(IOException.class, action).getMessage());
    }

    private static Process anotherMillrace() throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String classPath = System.getProperty("java.class.path");
        return new ProcessBuilder(java, "-cp", classPath, Main.class.getName(), directory.toString())
                .redirectError(directory.resolve("main.log").toFile())
                .start();
    }

    private static ProcessHandle onlyRedis() throws IOException {
        List<ProcessHandle> found = ServerProcesses.runningFrom(directory.resolve("redis"));
        assertEquals(1, found.size());
        return found.get(0);
    }

    private static List<String> postgres(RunningBackends running, String sql) throws IOException {
        try (var connection = new PgWire(running.postgres().port())) {
            return connection.query(sql);
        }
    }

    private static String redis(RunningBackends running, String command) throws IOException {
        try (var socket = new Socket("127.0.0.1", running.redis().port())) {
            socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.US_ASCII));
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
                    .readLine();
        }
    }

    private static void produce(String bootstrap, String topic, String value) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            admin.createTopics(Set.of(new NewTopic(topic, 1, (short) 1))).all().get();
        }
        try (var producer =
                new KafkaProducer<>(clientSettings(bootstrap), new StringSerializer(), new StringSerializer())) {
            producer.send(new ProducerRecord<>(topic, value)).get();
        }
    }

    private static void produceWithoutTopic(String bootstrap) throws Exception {
        try (var producer =
                new KafkaProducer<>(clientSettings(bootstrap), new StringSerializer(), new StringSerializer())) {
            producer.send(new ProducerRecord<>("unknown", "x")).get();
        }
    }

    private static String consume(String bootstrap, String topic) {
        try (var consumer =
                new KafkaConsumer<>(clientSettings(bootstrap), new StringDeserializer(), new StringDeserializer())) {
            var partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            return consumer.poll(Duration.ofSeconds(10)).iterator().next().value();
        }
    }

    private static Properties clientSettings(String bootstrap) {
        var settings = new Properties();
        settings.setProperty("bootstrap.servers", bootstrap);
        settings.setProperty("acks", "all");
        settings.setProperty("max.block.ms", "500");
        return settings;
    }
}

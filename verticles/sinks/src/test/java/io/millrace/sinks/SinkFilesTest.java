package io.millrace.sinks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.platform.settings.PackFiles;
import io.millrace.platform.settings.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SinkFilesTest {
    private static final Map<String, String> SECRETS = Map.of(
            "ERP_HOOK_SECRET", "whsec_" + "A".repeat(32),
            "ERP_HOOK_SECRET_OLD", "whsec_" + "B".repeat(32),
            "MAIL_HOOK_SECRET", "whsec_" + "C".repeat(32));
    private static final String KEYS =
            "sink, as, streams, types, filter, start, message, kafka, redis, service, webhook";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private List<String> mistakes() throws Exception {
        List<ConfigurationError> problems = new ArrayList<>();
        DomainModel domains = DomainModel.parse("pack.yaml", SinksFixture.PACK);
        SinksSettings.read(folder, Map.of(), domains, problems);
        return problems.stream()
                .map(problem -> problem.toString().replace(folder + "/", ""))
                .toList();
    }

    @Test
    void theExamplesAreRight() throws Exception {
        Path conf = Path.of("../../conf");
        Path sinks = Files.createDirectories(folder.resolve("sinks"));
        try (Stream<Path> examples = Files.list(conf.resolve("sinks"))) {
            for (Path example : examples.toList()) {
                Files.copy(
                        example, sinks.resolve(example.getFileName().toString().replace(".example", "")));
            }
        }
        List<ConfigurationError> problems = new ArrayList<>();
        SinksSettings read = SinksSettings.read(sinks, SECRETS, PackFiles.load(conf.resolve("domains")), problems);
        assertEquals(List.of(), problems);
        assertFalse(read.all().isEmpty());
    }

    @Test
    void everyMistakeOfEveryFileIsNamedAtOnceWithItsLine() throws Exception {
        Files.writeString(
                folder.resolve("a.yaml"),
                """
                sink: a b
                as: { user: a, roles: [staf] }
                streams: [ordrs, orders, orders]
                filtr: { x: 1 }
                filter: { data.total: { gt: [1] } }
                start: yesterday
                redis: { channel: "x:{data.a..b}:{typ}", url: "redis://h" }
                """);
        Files.writeString(
                folder.resolve("b.yaml"),
                """
                sink: b
                as: { user: b, roles: [nobody] }
                streams: [orders, "room:*", "rom:*"]
                types: ["order:*", "order:creatd"]
                start: "e1:7"
                redis: { uri: "redis://u:p@h", channel: c }
                """);
        Files.writeString(
                folder.resolve("c.yaml"),
                """
                sink: b
                as: { user: b, roles: [staff] }
                redis: { password: hunter2 }
                """);
        Files.writeString(
                folder.resolve("d.yaml"),
                """
                sink: d
                as: { user: d, roles: [staff] }
                streams: [orders]
                kafka: { topic: "a b", key: "{data..x}", bootstrap: here, format: avro, properties: d.properties, acks: 1 }
                """);
        Files.writeString(
                folder.resolve("d.properties"),
                """
                acks=1
                sasl.mechanismus=PLAIN
                sasl.jaas.config=the password
                """);
        Files.writeString(
                folder.resolve("e.yaml"),
                """
                sink: e
                as: { user: e, roles: [staff] }
                streams: [orders]
                kafka: { }
                redis: { channel: c }
                """);
        Files.writeString(
                folder.resolve("f.yaml"),
                """
                sink: f
                as: { user: f, roles: [staff] }
                streams: [orders]
                service: { address: millrace.commit, timeout: 10ms }
                """);
        String names = "data., id, key, metadata., position, priority, source, stream, timestamp, type";
        assertEquals(
                List.of(
                        "a.yaml:4 filtr: unknown; known here: " + KEYS + " — did you mean \"filter\"?",
                        "a.yaml:1 sink: \"a b\" is not a valid name of a sink",
                        "a.yaml:2 as.roles[0]: \"staf\" is no role of the packs — did you mean \"staff\"?",
                        "a.yaml:3 streams[0]: \"ordrs\" is no stream of the packs — did you mean \"orders\"?",
                        "a.yaml:3 streams[1]: none of the roles sees anything of orders",
                        "a.yaml:3 streams[2]: is there twice",
                        "a.yaml:3 streams[2]: none of the roles sees anything of orders",
                        "a.yaml:5 filter: filter.\"data.total\".gt: a list where a text, number, boolean or null belongs",
                        "a.yaml:6 start: \"yesterday\" is neither latest, earliest, a time nor a position",
                        "a.yaml:7 redis.url: unknown; known here: uri, password, ca, channel — did you mean \"uri\"?",
                        "a.yaml:7 redis.channel: \"data.a..b\" is none of " + names,
                        "a.yaml:7 redis.channel: \"typ\" is none of " + names + " — did you mean \"type\"?",
                        "b.yaml:4 types[0]: none of the roles may see order:*",
                        "b.yaml:4 types[1]: \"order:creatd\" is no type of the packs — did you mean \"order:created\"?",
                        "b.yaml:3 streams[0]: none of the roles sees anything of orders",
                        "b.yaml:3 streams[2]: \"rom:*\" is no stream of the packs",
                        "b.yaml:5 start: is a position, which one stream has: name that stream alone",
                        "b.yaml:6 redis.uri: has a password: name its environment variable in password instead",
                        "c.yaml:1 streams: is missing: name streams, or types",
                        "c.yaml:3 redis.password: must be the name of an environment variable, never the secret itself",
                        "c.yaml:3 redis.channel: is missing",
                        "c.yaml:1 sink: is the name of another file's sink too",
                        "d.yaml:4 kafka.acks: unknown; known here: bootstrap, topic, key, format, properties",
                        "d.yaml:4 kafka.bootstrap: \"here\" is not a valid list of host:port",
                        "d.yaml:4 kafka.properties: d.properties: acks is not for this file to say",
                        "d.yaml:4 kafka.properties: d.properties: sasl.mechanismus is no option of Kafka's producer"
                                + " — did you mean \"sasl.mechanism\"?",
                        "d.yaml:4 kafka.topic: \"a b\" is not a valid name of a topic",
                        "d.yaml:4 kafka.format: \"avro\" is not a valid format: json, structured, binary",
                        "d.yaml:4 kafka.key: \"data..x\" is none of " + names + " — did you mean \"data.\"?",
                        "e.yaml:1: says twice where messages go to; needed is one of kafka, redis, service, webhook",
                        "e.yaml:4 kafka.topic: is missing",
                        "f.yaml:4 service.address: \"millrace.commit\" is not a valid address of a service, which is service.…",
                        "f.yaml:4 service.timeout: \"10ms\" is not between 1s and 36500d"),
                mistakes());
    }

    @Test
    void anAuthorityForTheNodesOwnRedisIsRefusedIfThatHasNoTls() throws Exception {
        Files.writeString(
                folder.resolve("a.yaml"),
                """
                sink: feed
                as: { user: f, roles: [staff] }
                streams: [orders]
                redis: { channel: out, ca: "%s" }
                """
                        .formatted(Files.createFile(folder.resolve("ca.pem"))));
        List<ConfigurationError> problems = new ArrayList<>();
        SinksSettings read =
                SinksSettings.read(folder, Map.of(), DomainModel.parse("pack.yaml", SinksFixture.PACK), problems);
        assertEquals(List.of(), problems);
        Settings settings = Settings.load(null, Map.of(), Map.of("redis.uri", "redis://a"));
        read.with(settings);
        String told = assertThrows(InvalidConfigurationException.class, settings::check)
                .problems()
                .toString();
        assertTrue(told.contains("redis.uri: is without TLS, so the ca of the sink feed has no effect"), told);
    }
}

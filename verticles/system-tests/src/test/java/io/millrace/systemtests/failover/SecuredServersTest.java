package io.millrace.systemtests.failover;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.backends.server.EmbeddedKafka;
import io.millrace.backends.server.EmbeddedPostgres;
import io.millrace.backends.server.EmbeddedRedis;
import io.millrace.systemtests.environment.PostgresAccess;
import io.millrace.systemtests.environment.RedisAccess;
import io.millrace.systemtests.environment.Repository;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.TokenSigner;
import io.millrace.testkit.network.TestAuthority;
import io.millrace.testkit.process.MillraceProcess;
import io.millrace.testkit.process.Pipeline;
import io.millrace.testkit.process.Ports;
import io.millrace.testkit.process.Release;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** PostgreSQL, Redis and Kafka that let nobody in without TLS and a password, with certificates of an authority of their own. */
@Order(47)
final class SecuredServersTest {
    private static final String PASSWORD = "s3cret \"of\" the \\tests";
    private static final Path FOLDER = Repository.OUTPUTS.resolve("secured");
    private static final Path CA = FOLDER.resolve("ca.crt");

    private static EmbeddedPostgres postgres;
    private static EmbeddedRedis redis;
    private static EmbeddedKafka kafka;
    private static int redisPort;

    @BeforeAll
    static void start() throws Exception {
        Repository.delete(FOLDER);
        Files.createDirectories(FOLDER);
        new TestAuthority(FOLDER).issue("server");
        Files.setPosixFilePermissions(FOLDER.resolve("server.key"), PosixFilePermissions.fromString("rw-------"));
        startPostgres();
        startRedis();
        startKafka();
    }

    private static void startPostgres() throws Exception {
        postgres = EmbeddedPostgres.start(
                FOLDER.resolve("postgres"),
                0,
                List.of("ssl=on", "ssl_cert_file=" + file("server.crt"), "ssl_key_file=" + file("server.key")));
        PostgresAccess before = new PostgresAccess(postgres.uri());
        before.tell("alter role millrace password '" + PASSWORD + "'");
        Files.writeString(
                postgres.directory().resolve("data/pg_hba.conf"), "hostssl all all 127.0.0.1/32 scram-sha-256\n");
        before.tell("select pg_reload_conf()");
    }

    private static void startRedis() throws Exception {
        redis = EmbeddedRedis.start(FOLDER.resolve("redis"), 0);
        redisPort = new Ports().free();
        RedisAccess before = new RedisAccess(redis.uri());
        before.ask(
                "CONFIG",
                "SET",
                "tls-cert-file",
                file("server.crt"),
                "tls-key-file",
                file("server.key"),
                "tls-ca-cert-file",
                file("ca.crt"),
                "tls-auth-clients",
                "no",
                "tls-port",
                "" + redisPort);
        // As in shared/docs/backing-services.md.
        before.ask(
                "ACL",
                "SETUSER",
                "millrace",
                "on",
                ">" + PASSWORD,
                "~mr:*",
                "+@read",
                "+@write",
                "+@scripting",
                "+@connection",
                "+time",
                "+info");
        before.ask("ACL", "SETUSER", "default", "off");
    }

    private static void startKafka() throws Exception {
        Path keys = FOLDER.resolve("server.pem");
        Files.writeString(
                keys, Files.readString(FOLDER.resolve("server.key")) + Files.readString(FOLDER.resolve("server.crt")));
        String plain = "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"broker\""
                + " password=\"of-the-broker\"";
        kafka = EmbeddedKafka.start(
                FOLDER.resolve("kafka"),
                0,
                Map.of(
                        "listener.security.protocol.map", "PLAINTEXT:SASL_SSL,CONTROLLER:PLAINTEXT",
                        "inter.broker.listener.name", "PLAINTEXT",
                        "sasl.mechanism.inter.broker.protocol", "PLAIN",
                        "sasl.enabled.mechanisms", "PLAIN,SCRAM-SHA-512",
                        "listener.name.plaintext.plain.sasl.jaas.config", plain + " user_broker=\"of-the-broker\";",
                        "listener.name.plaintext.scram-sha-512.sasl.jaas.config",
                                "org.apache.kafka.common.security.scram.ScramLoginModule required;",
                        "ssl.keystore.type", "PEM",
                        "ssl.keystore.location", keys.toString(),
                        "ssl.truststore.type", "PEM",
                        "ssl.truststore.location", CA.toString()));
        try (Admin admin = Admin.create(Map.of(
                "bootstrap.servers",
                kafka.uri(),
                "security.protocol",
                "SASL_SSL",
                "sasl.mechanism",
                "PLAIN",
                "sasl.jaas.config",
                plain + ";",
                "ssl.truststore.type",
                "PEM",
                "ssl.truststore.location",
                CA.toString()))) {
            admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion(
                            "millrace", new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), PASSWORD)))
                    .all()
                    .get();
        }
    }

    @AfterAll
    static void stop() {
        kafka.close();
        redis.close();
        postgres.close();
    }

    @Test
    void anEventGoesItsWholeWayOverAllThree() throws Exception {
        Path password = Files.writeString(FOLDER.resolve("password"), PASSWORD + "\n");
        try (MillraceProcess millrace = builder("secured")
                .environment("MILLRACE_POSTGRES_PASSWORD_FILE", password.toString())
                .environment("MILLRACE_REDIS_PASSWORD_FILE", password.toString())
                .environment("MILLRACE_KAFKA_PASSWORD_FILE", password.toString())
                .start()) {
            ApiClient staff = new ApiClient(millrace.uri("/"), new TokenSigner(Pipeline.SECRET).token("s-1", "staff"));
            String before = staff.head(Shop.INVENTORY);
            assertEquals(201, staff.post(Shop.order("o-1", "c-1")).status());
            JsonObject stock = Shop.stock();
            assertEquals(202, staff.post(stock).status());
            await().until(() ->
                    Shop.eventIds(staff.historyAfter(Shop.INVENTORY, before)).contains(stock.getString("id")));
            await().until(() -> staff.entity("order", "o-1").header("X-Cache").equals("redis"));
            ApiClient boss = new ApiClient(millrace.uri("/"), new TokenSigner(Pipeline.SECRET).token("a-1", "admin"));
            // A node tells how it is every 2 s: what it told last may be from before the end of its start.
            await().untilAsserted(() -> assertEquals(List.of(), problems(boss)));
        }
    }

    private static List<?> problems(ApiClient boss) {
        JsonObject node = boss.get("/api/cluster").json().getJsonArray("nodes").getJsonObject(0);
        return node.getJsonArray("problems").getList();
    }

    @Test
    void aWrongPasswordIsToldAtTheStartInWordsThatHelp() throws Exception {
        IllegalStateException ended = assertThrows(IllegalStateException.class, () -> builder("refused")
                .environment("MILLRACE_POSTGRES_PASSWORD", "another")
                .environment("MILLRACE_REDIS_PASSWORD", PASSWORD)
                .environment("MILLRACE_KAFKA_PASSWORD", PASSWORD)
                .start()
                .close());
        String told = String.valueOf(ended.getMessage());
        assertTrue(told.contains("password authentication failed for user \"millrace\""), told);
    }

    private static MillraceProcess.Builder builder(String name) {
        return new MillraceProcess.Builder(
                        name, Release.here(Repository.CONF), Repository.OUTPUTS, Pipeline.SECRET, new Ports())
                .set(
                        "postgres.uri",
                        "postgresql://millrace@127.0.0.1:" + postgres.port() + "/millrace?sslmode=verify-full")
                .set("postgres.tls.ca", CA.toString())
                .set("redis.uri", "rediss://millrace@127.0.0.1:" + redisPort)
                .set("redis.tls.ca", CA.toString())
                .set("kafka.bootstrap", kafka.uri())
                .set("kafka.tls.enabled", "true")
                .set("kafka.tls.ca", CA.toString())
                .set("kafka.user", "millrace")
                .set("cache.near.ttl", "1s");
    }

    private static String file(String name) {
        return FOLDER.resolve(name).toString();
    }
}

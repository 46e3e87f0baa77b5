package io.millrace.sources.redis;

import static org.awaitility.Awaitility.await;

import io.millrace.testkit.network.TestAuthority;
import io.millrace.testkit.process.Ports;
import io.vertx.redis.client.Command;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A Redis that speaks TLS, with a certificate of an authority of its own. */
@Tag("slow")
@Timeout(60)
@SuppressWarnings("NullAway.Init")
class RedisTlsTest {
    private static final String FILE =
            """
            source: chat
            as: { user: chat, roles: [webhook] }
            redis: { uri: "rediss://127.0.0.1:%d", %schannels: [news] }
            events: [ { type: "repo:pushed", id: "{#id}", data: {} } ]
            """;

    @TempDir
    Path folder;

    @Test
    void aServerOfTheAuthorityIsReadAndAnotherIsRefusedInWordsThatHelp() throws Exception {
        new TestAuthority(folder).issue("server");
        int port = new Ports().free();
        try (RedisFixture fixture = new RedisFixture()) {
            fixture.command(
                    Command.CONFIG,
                    "set",
                    "tls-cert-file",
                    folder.resolve("server.crt"),
                    "tls-key-file",
                    folder.resolve("server.key"),
                    "tls-ca-cert-file",
                    folder.resolve("ca.crt"),
                    "tls-auth-clients",
                    "no",
                    "tls-port",
                    port);
            RedisFixture.Node strange = fixture.node(FILE.formatted(port, ""));
            await().until(() -> strange.problem().contains("isn't trusted: name the file of its authority"));
            fixture.forget();
            RedisFixture.Node node = fixture.node(FILE.formatted(port, "ca: '" + folder.resolve("ca.crt") + "', "));
            await().until(node::isRunning);
            fixture.number(Command.PUBLISH, "news", "{}");
            await().until(() -> fixture.published.size() == 1);
        }
    }
}

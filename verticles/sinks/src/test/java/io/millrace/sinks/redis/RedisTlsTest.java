package io.millrace.sinks.redis;

import static org.awaitility.Awaitility.await;

import io.millrace.postgres.lease.LeaseDatabase;
import io.millrace.sinks.SinksFixture;
import io.millrace.testkit.network.TestAuthority;
import io.millrace.testkit.process.Ports;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
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
            sink: feed
            as: { user: feed, roles: [staff] }
            streams: [orders]
            start: earliest
            redis: { uri: "rediss://127.0.0.1:%d", %schannel: "out:{stream}" }
            """;

    @TempDir
    Path folder;

    @Test
    void aServerOfTheAuthorityGetsTheEventsAndAnotherIsRefusedInWordsThatHelp() throws Exception {
        new TestAuthority(folder).issue("server");
        int port = new Ports().free();
        Vertx vertx = Vertx.vertx();
        try (SinksFixture fixture = new SinksFixture();
                Channels channels = new Channels(fixture.redis.uri())) {
            LeaseDatabase.await(Redis.createClient(vertx, fixture.redis.uri())
                    .send(Request.cmd(Command.CONFIG)
                            .arg("set")
                            .arg("tls-cert-file")
                            .arg(folder.resolve("server.crt").toString())
                            .arg("tls-key-file")
                            .arg(folder.resolve("server.key").toString())
                            .arg("tls-ca-cert-file")
                            .arg(folder.resolve("ca.crt").toString())
                            .arg("tls-auth-clients")
                            .arg("no")
                            .arg("tls-port")
                            .arg(port)));
            SinksFixture.Node strange = fixture.node(FILE.formatted(port, ""));
            await().until(() -> String.valueOf(strange.status("feed").problem())
                    .contains("isn't trusted: name the file of its authority"));
            fixture.forget();
            fixture.node(FILE.formatted(port, "ca: '" + folder.resolve("ca.crt") + "', "));
            fixture.commit("orders", 1, 1);
            await().until(() -> channels.all().size() == 1);
        } finally {
            LeaseDatabase.await(vertx.close());
        }
    }
}

package io.millrace.postgres;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.backends.server.EmbeddedPostgres;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Pool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A real primary and a real standby behind an address that moves from one to the other. */
@Tag("slow")
@Timeout(120)
@SuppressWarnings("NullAway.Init")
class FailoverTest {
    private final Vertx vertx = Vertx.vertx();
    private Path directory;
    private EmbeddedPostgres primary;
    private EmbeddedPostgres standby;
    private NetServer address;
    private volatile int leadsTo;
    private PostgresPool postgres;
    private Pool writes;
    private Pool reads;

    @BeforeEach
    void start() throws Exception {
        directory = Files.createTempDirectory("millrace-failover");
        primary = EmbeddedPostgres.start(directory.resolve("primary"), 0);
        admin(primary, "create table kept (id int)");
        standby = EmbeddedPostgres.startStandby(primary, directory.resolve("standby"), "standby");
        leadsTo = primary.port();
        address = done(vertx.createNetServer()
                .connectHandler(client -> {
                    client.pause();
                    vertx.createNetClient()
                            .connect(leadsTo, "127.0.0.1")
                            .onComplete(server -> relay(client, server), refused -> client.close());
                })
                .listen(0, "127.0.0.1"));
        connect("127.0.0.1:" + address.actualPort());
    }

    private void connect(String hosts) throws Exception {
        PostgresSettings settings = new PostgresSettings("postgresql://millrace@" + hosts + "/millrace", null);
        done(onLoop(() -> {
            postgres = new PostgresPool(vertx, settings);
            writes = postgres.pool(new PostgresPool.PoolSpec("writes", 3, true, "", Duration.ofSeconds(5)));
            reads = postgres.pool(new PostgresPool.PoolSpec("reads", 3, false, "", Duration.ofSeconds(5)));
        }));
        await().until(this::taken);
    }

    @AfterEach
    void stop() throws Exception {
        done(vertx.close());
        standby.close();
        primary.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void whereAnOldPrimaryIsFencedAndStaysConnectedTheConnectionsMoveToTheNewOne() throws Exception {
        admin(primary, "alter system set default_transaction_read_only = on", "select pg_reload_conf()");
        admin(standby, "select pg_promote()");
        leadsTo = standby.port();

        await().until(this::taken);
        await().until(() -> postgres.error() == null);
        assertEquals(2, count(standby, "select count(*) from kept"), "the second row is the new primary's");
    }

    @Test
    void ofSeveralServersTheOneThatTakesWritesIsUsed() throws Exception {
        connect("127.0.0.1:" + standby.port() + ",127.0.0.1:" + primary.port());
        assertNull(postgres.error());
        long before = count(primary, "select count(*) from kept");

        primary.kill();
        await().until(() -> postgres.error() != null);
        assertTrue(!taken());
        admin(standby, "select pg_promote()");
        await().until(this::taken);
        await().until(() -> postgres.error() == null);
        assertEquals(before + 1, count(standby, "select count(*) from kept"));

        // It comes back and takes writes, as if nothing had been: nobody goes back to it, not even whoever begins now.
        primary.restart();
        assertTrue(taken());
        connect("127.0.0.1:" + primary.port() + ",127.0.0.1:" + standby.port());
        assertTrue(taken());
        assertTrue(count(standby, "select count(*) from kept") >= before + 3);
        assertEquals(before, count(primary, "select count(*) from kept"));

        // And when its successor is gone it isn't used instead: what was committed since would be missing.
        standby.kill();
        await().atMost(Duration.ofSeconds(20)).until(() -> postgres.error() != null);
        assertThrows(ConditionTimeoutException.class, () -> await().atMost(Duration.ofSeconds(8))
                .until(this::taken));
    }

    @Test
    void aStandbyIsReportedAndRefusedUntilItIsPromoted() throws Exception {
        leadsTo = standby.port();
        primary.kill();

        await().until(() -> String.valueOf(postgres.error()).contains("standby"));
        assertTrue(!taken());
        assertTrue(!answered("select count(*) from kept"), "it may lag, so it isn't read from either");

        admin(standby, "select pg_promote()");
        await().until(() -> postgres.error() == null);
        await().until(this::taken);
        assertTrue(answered("select count(*) from kept"));
    }

    @Test
    void whatConnectedWhileTheDatabaseWasReadOnlyTakesWritesAfterwards() throws Exception {
        admin(
                primary,
                "alter database millrace set default_transaction_read_only = on",
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'millrace-%'");
        await().until(() -> String.valueOf(postgres.error()).contains("read-only"));
        assertTrue(!taken());
        await().until(() -> answered("select count(*) from kept"));

        admin(
                primary,
                "begin; set local transaction_read_only = off;"
                        + " alter database millrace reset default_transaction_read_only; commit");
        await().until(() -> postgres.error() == null);
        await().until(this::taken);
    }

    private boolean taken() {
        try {
            done(writes.query("insert into kept values (1)").execute());
            return true;
        } catch (Exception refused) {
            return false;
        }
    }

    private boolean answered(String sql) {
        try {
            done(reads.query(sql).execute());
            return true;
        } catch (Exception refused) {
            return false;
        }
    }

    private static void relay(NetSocket client, NetSocket server) {
        client.handler(server::write);
        server.handler(client::write);
        client.closeHandler(closed -> server.close());
        server.closeHandler(closed -> client.close());
        client.resume();
    }

    private Future<Void> onLoop(Runnable action) {
        Promise<Void> done = Promise.promise();
        vertx.runOnContext(there -> {
            action.run();
            done.complete();
        });
        return done.future();
    }

    private void admin(EmbeddedPostgres to, String... statements) throws Exception {
        PgConnection connection = done(PgConnection.connect(vertx, PgConnectOptions.fromUri(to.uri())));
        for (String statement : statements) {
            done(connection.query(statement).execute());
        }
        done(connection.close());
    }

    private long count(EmbeddedPostgres from, String sql) throws Exception {
        return done(PgConnection.connect(vertx, PgConnectOptions.fromUri(from.uri()))
                .compose(connection -> connection
                        .query(sql)
                        .execute()
                        .map(rows -> rows.iterator().next().getLong(0))
                        .eventually(connection::close)));
    }

    private static <T> T done(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }
}

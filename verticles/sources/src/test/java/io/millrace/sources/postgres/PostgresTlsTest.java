package io.millrace.sources.postgres;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.testkit.network.TestAuthority;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A source's database that speaks TLS, with a certificate of an authority of its own. */
@Tag("slow")
@Timeout(120)
@SuppressWarnings("NullAway.Init")
class PostgresTlsTest {
    private static final String CREATE = "create table orders (id int primary key)";

    @TempDir
    static Path folder;

    @TempDir
    static Path other;

    private static PostgresFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        new TestAuthority(folder).issue("server");
        new TestAuthority(other);
        fixture = new PostgresFixture();
        // Written by the server itself, whose user the key has to belong to.
        for (String file : new String[] {"server.crt", "server.key"}) {
            fixture.sql("copy (select unnest(string_to_array($$"
                    + Files.readString(folder.resolve(file)).replace("\r", "").strip()
                    + "$$, e'\\n'))) to program 'umask 077; cat > "
                    + file + "'");
        }
        fixture.sql("alter system set ssl = on");
        fixture.server.restart();
    }

    @AfterAll
    static void stop() throws Exception {
        fixture.close();
    }

    @AfterEach
    void forget() throws Exception {
        fixture.forget();
    }

    private static PostgresFixture.Node node(String block, String parameters, @Nullable Path ca) throws Exception {
        String uri = fixture.server.uri() + parameters + (ca == null ? "" : "\n  ca: " + ca.resolve("ca.crt"));
        return fixture.nodeOf(fixture.file(block).replace(fixture.server.uri(), uri));
    }

    private static void awaitProblem(PostgresFixture.Node node, String words) {
        await().untilAsserted(() -> assertTrue(node.problem().contains(words), node.problem()));
    }

    @Test
    void theSnapshotAndTheLogAreReadUnderTlsFromAServerOfTheAuthority() throws Exception {
        fixture.sql(CREATE, "insert into orders values (1)");
        PostgresFixture.Node node = node(PostgresChangesTest.ORDERS, "?sslmode=verify-full", folder);
        await().until(() -> fixture.events().size() == 1);
        await().until(node::isRunning);
        fixture.sql("insert into orders values (2)");
        await().until(() -> fixture.events().size() == 2);
        assertEquals(
                "0",
                fixture.ask(
                        "select count(*) from pg_stat_ssl s join pg_stat_activity a using (pid)"
                                + " where not s.ssl and a.pid <> pg_backend_pid() and a.backend_type in ('client backend', 'walsender')"));
    }

    @Test
    void aServerOfAnotherAuthorityIsRefusedInWordsThatHelp() throws Exception {
        fixture.sql(CREATE);
        awaitProblem(node(PostgresChangesTest.ORDERS, "?sslmode=verify-full", other), "isn't trusted: name the file");
        fixture.forget();
        fixture.sql(CREATE);
        awaitProblem(node(PostgresChangesTest.ORDERS, "?sslmode=verify-full", null), "isn't trusted: name the file");
    }
}

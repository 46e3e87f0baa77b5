package io.millrace.persistence.store;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.persistence.PersistenceFixture;
import io.millrace.persistence.store.DurabilityCheck.Durability;
import io.millrace.platform.node.Health;
import io.millrace.platform.node.SettingWarnings;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Pool;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What PostgreSQL's settings may cost, by its own answer. */
@Timeout(60)
class DurabilityCheckTest {
    @RegisterExtension
    static final PersistenceFixture NODES = new PersistenceFixture();

    @ParameterizedTest
    @CsvSource({
        "on, '', 0, false",
        "on, 'ANY 1 (a, b)', 2, true",
        "remote_apply, '*', 1, true",
        "remote_write, '*', 1, true",
        "local, '', 0, false",
    })
    void rightSettingsAreNotWarnedOf(String commit, String standbyNames, long standbys, boolean failsOver) {
        assertEquals(List.of(), new Durability(true, true, commit, standbyNames, standbys).warnings(failsOver));
    }

    @ParameterizedTest
    @CsvSource({
        "false, true, on, '', 0, false, 'fsync is off', 'damaged as a whole'",
        "true, false, on, '', 0, false, 'full_page_writes is off', 'stays damaged'",
        "true, true, off, '', 0, false, 'synchronous_commit is off', 'loses the events acknowledged in the last moments'",
        "true, true, local, '*', 1, true, 'synchronous_commit is local', 'no commit waits for a standby'",
        "true, true, on, '', 1, true, 'synchronous_standby_names is empty', 'a failover loses acknowledged events'",
        "true, true, on, 's1', 0, true, 'no standby is connected', 'no commit is answered until one is'",
    })
    void eachOtherSettingIsToldWithItsConsequence(
            boolean fsync,
            boolean fullPages,
            String commit,
            String standbyNames,
            long standbys,
            boolean failsOver,
            String what,
            String consequence) {
        List<String> warnings = new Durability(fsync, fullPages, commit, standbyNames, standbys).warnings(failsOver);
        assertEquals(1, warnings.size(), warnings::toString);
        assertTrue(warnings.get(0).contains(what), warnings::toString);
        assertTrue(warnings.get(0).contains(consequence), warnings::toString);
    }

    @Test
    void aRealServerIsAskedInItsOwnSession() throws Exception {
        Vertx vertx = Vertx.vertx();
        Pool pool = NODES.pool();
        try (var session = new AlteredRole()) {
            Health health = new Health();
            DurabilityCheck.start(vertx, pool, true, new SettingWarnings("PostgreSQL", "postgresql-settings", health));
            await().until(() -> !health.degraded().isEmpty());
            String told = health.degraded().getString("postgresql-settings");
            assertTrue(told.contains("synchronous_commit is off"), told);
            assertTrue(told.contains("synchronous_standby_names is empty"), told);
            assertTrue(health.notReady().fieldNames().equals(java.util.Set.of("node")), "it is ready nevertheless");
        } finally {
            NODES.await(pool.close());
            NODES.await(vertx.close());
        }
    }

    @Test
    void theEmbeddedServerIsAsItShouldBe() throws Exception {
        PgConnection connection = NODES.connect();
        try {
            Durability durability = Durability.of(
                    NODES.await(connection.query(DurabilityCheck.SETTINGS).execute())
                            .iterator()
                            .next());
            assertEquals(List.of(), durability.warnings(false));
        } finally {
            NODES.await(connection.close());
        }
    }

    /** As an operator may have set it, for Millrace's role alone. */
    private static final class AlteredRole implements AutoCloseable {
        AlteredRole() throws Exception {
            tell("alter role millrace set synchronous_commit = off");
        }

        @Override
        public void close() throws Exception {
            tell("alter role millrace reset synchronous_commit");
        }

        private static void tell(String sql) throws Exception {
            PgConnection connection = NODES.connect();
            NODES.await(connection.query(sql).execute());
            NODES.await(connection.close());
        }
    }
}

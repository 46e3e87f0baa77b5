package io.millrace.persistence.store;

import io.millrace.platform.node.SettingWarnings;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks PostgreSQL whether what it has committed survives a crash and a failover, now and then, since another server may have
 * become the primary. Owned by the event loop that made it.
 */
public final class DurabilityCheck {
    private static final Logger LOG = LoggerFactory.getLogger(DurabilityCheck.class);

    /** A standby that is connected has a row there, whoever asks; what it is, only a member of pg_monitor is told. */
    static final String SETTINGS = "select current_setting('fsync') = 'on',"
            + " current_setting('full_page_writes') = 'on', current_setting('synchronous_commit'),"
            + " current_setting('synchronous_standby_names'), (select count(*) from pg_stat_replication)";

    /** Values of synchronous_commit that wait for the standby that synchronous_standby_names names. */
    private static final Set<String> WAIT_FOR_STANDBY = Set.of("on", "remote_apply", "remote_write");

    private final Pool pool;
    private final boolean failsOver;
    private final SettingWarnings warnings;

    /**
     * What a session of Millrace's is told.
     *
     * @param standbys how many servers read the primary's log
     */
    record Durability(boolean fsync, boolean fullPages, String commit, String standbyNames, long standbys) {
        static Durability of(Row row) {
            return new Durability(
                    row.getBoolean(0), row.getBoolean(1), row.getString(2), row.getString(3), row.getLong(4));
        }

        /** @param failsOver whether postgres.uri names several hosts */
        List<String> warnings(boolean failsOver) {
            List<String> found = new ArrayList<>();
            if (!fsync) {
                found.add("fsync is off: after a crash of its machine the database may be damaged as a whole. Set it to"
                        + " on.");
            }
            if (!fullPages) {
                found.add(
                        "full_page_writes is off: a page that was half written when the machine crashed stays damaged,"
                                + " unless the storage writes pages as a whole. Set it to on.");
            }
            if (commit.equals("off")) {
                found.add(
                        "synchronous_commit is off: a commit is answered before it is on the disk, so a crash loses the"
                                + " events acknowledged in the last moments. Set it to on, also for Millrace's role and database.");
            } else if (failsOver && !standbyNames.isEmpty() && !WAIT_FOR_STANDBY.contains(commit)) {
                found.add("synchronous_commit is " + commit + ": no commit waits for a standby, so a failover loses"
                        + " acknowledged events that the standby did not have yet. Set it to on.");
            }
            if (failsOver && standbyNames.isEmpty()) {
                found.add("postgres.uri names several hosts, and synchronous_standby_names is empty: a failover loses"
                        + " acknowledged events that the standby did not have yet. Name the standbys in it, as"
                        + " ANY 1 (a, b).");
            }
            if (!standbyNames.isEmpty() && standbys == 0 && WAIT_FOR_STANDBY.contains(commit)) {
                found.add("synchronous_standby_names is " + standbyNames + ", and no standby is connected: no commit is"
                        + " answered until one is. Start the standby, or reset the setting if it won't come back.");
            }
            return found;
        }
    }

    /**
     * Asks at once, and again every minute.
     *
     * @param failsOver whether postgres.uri names several hosts
     */
    public static DurabilityCheck start(Vertx vertx, Pool pool, boolean failsOver, SettingWarnings warnings) {
        DurabilityCheck check = new DurabilityCheck(pool, failsOver, warnings);
        vertx.setPeriodic(0, SettingWarnings.ASK_EVERY_MS, timer -> check.ask());
        return check;
    }

    private DurabilityCheck(Pool pool, boolean failsOver, SettingWarnings warnings) {
        this.pool = pool;
        this.failsOver = failsOver;
        this.warnings = warnings;
    }

    /** Asks once more, as when another server has become the primary. */
    public void ask() {
        pool.query(SETTINGS)
                .execute()
                .map(rows -> Durability.of(rows.iterator().next()).warnings(failsOver))
                .onSuccess(warnings::found)
                .onFailure(error -> LOG.debug("the settings of PostgreSQL are unknown: {}", error.getMessage()));
    }
}

package io.millrace.sources.postgres.engine;

import io.millrace.sources.postgres.PostgresServer;
import io.millrace.sources.postgres.PostgresSource;
import io.millrace.sources.postgres.value.TableName;
import io.vertx.pgclient.PgConnectOptions;
import java.util.Locale;
import java.util.Properties;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.connect.storage.MemoryOffsetBackingStore;

/**
 * What Debezium's engine is told. It keeps no offset of its own: each run begins where the slot's confirmed place is, which
 * moves only after what is before it was acknowledged and saved with the lease.
 */
final class EngineProperties {
    private static final int BATCH = 1_000;
    private static final int QUEUED = 2_000;
    private static final long QUEUED_BYTES = 16L << 20;
    private static final long POLL_MS = 5;
    private static final int READ_SECONDS = 30;

    private EngineProperties() {}

    static Properties of(PostgresSource source) {
        Properties all = new Properties();
        all.setProperty("name", source.source().name());
        // It names JMX beans, and an engine waits up to a minute for one that has the same.
        all.setProperty("topic.prefix", UUID.randomUUID().toString());
        all.setProperty("connector.class", TextConnector.class.getName());
        all.setProperty("converters", "texts");
        all.setProperty("texts.type", TextConverter.class.getName());
        all.setProperty("plugin.name", "pgoutput");
        all.setProperty("slot.name", source.slot());
        all.setProperty("slot.max.retries", "0");
        all.setProperty("publication.name", source.publication());
        all.setProperty("publication.autocreate.mode", "disabled");
        all.setProperty("table.include.list", tables(source));
        all.setProperty("snapshot.mode", "no_data");
        all.setProperty("skipped.operations", "none");
        all.setProperty("tombstones.on.delete", "false");
        all.setProperty("include.unknown.datatypes", "true");
        all.setProperty("provide.transaction.metadata", "true");
        all.setProperty("offset.storage", MemoryOffsetBackingStore.class.getName());
        all.setProperty("offset.flush.interval.ms", "0");
        all.setProperty("errors.max.retries", "0");
        all.setProperty("max.batch.size", "" + BATCH);
        all.setProperty("max.queue.size", "" + QUEUED);
        all.setProperty("max.queue.size.in.bytes", "" + QUEUED_BYTES);
        all.setProperty("poll.interval.ms", "" + POLL_MS);
        all.setProperty("xmin.fetch.interval.ms", "0");
        all.setProperty("record.processing.threads", "1");
        all.setProperty("task.management.timeout.ms", "" + READ_SECONDS * 1_000);
        server(all, source.server());
        return all;
    }

    private static void server(Properties all, PostgresServer server) {
        PgConnectOptions options = server.options();
        all.setProperty("database.hostname", options.getHost());
        all.setProperty("database.port", "" + options.getPort());
        all.setProperty("database.user", options.getUser());
        if (server.password() != null) {
            all.setProperty("database.password", server.password());
        }
        all.setProperty("database.dbname", options.getDatabase());
        String tls = options.getSslMode().name().toLowerCase(Locale.ROOT).replace('_', '-');
        all.setProperty("database.sslmode", tls);
        if (server.ca() != null) {
            all.setProperty("database.sslrootcert", server.ca().toString());
        } else if (tls.startsWith("verify")) {
            all.setProperty("database.sslfactory", "org.postgresql.ssl.DefaultJavaSSLFactory");
        }
        all.setProperty("driver.connectTimeout", "" + PostgresServer.connectMs() / 1_000);
        all.setProperty("driver.loginTimeout", "" + 2 * PostgresServer.connectMs() / 1_000);
        all.setProperty("driver.socketTimeout", "" + READ_SECONDS);
    }

    /** As regular expressions. */
    private static String tables(PostgresSource source) {
        return source.tables().stream()
                .map(TableName::toString)
                .map(name -> Pattern.compile("[^A-Za-z0-9_]").matcher(name).replaceAll("\\\\$0"))
                .collect(Collectors.joining(","));
    }
}

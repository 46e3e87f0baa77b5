package io.millrace.systemtests.soak;

import io.millrace.backends.RunningBackends;
import io.millrace.systemtests.environment.PostgresAccess;
import io.millrace.systemtests.environment.RedisAccess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Stream;

/** What PostgreSQL, Redis and Kafka have and hold. */
final class ServerSampler {
    private static final double MEBI = 1 << 20;

    private final RunningBackends servers;

    ServerSampler(RunningBackends servers) {
        this.servers = servers;
    }

    Map<Line, Double> postgres() {
        PostgresAccess postgres = new PostgresAccess(servers.postgresUri());
        Map<Line, Double> found = new EnumMap<>(Line.class);
        found.put(Line.LOG, postgres.number("select coalesce(sum(size), 0)::bigint from pg_ls_waldir()") / MEBI);
        found.put(
                Line.TABLES,
                postgres.number("select sum(pg_total_relation_size(relid))::bigint from pg_stat_user_tables") / MEBI);
        found.put(Line.DEAD_ROWS, (double) postgres.number("select sum(n_dead_tup)::bigint from pg_stat_user_tables"));
        found.put(Line.CONNECTIONS, (double) postgres.number(
                "select count(*) from pg_stat_activity where backend_type in ('client backend', 'walsender')"));
        found.put(
                Line.SLOTS,
                postgres.number("select coalesce(max(pg_current_wal_lsn() - restart_lsn), 0)::bigint"
                                + " from pg_replication_slots")
                        / MEBI);
        return found;
    }

    Map<Line, Double> redis() {
        RedisAccess redis = new RedisAccess(servers.redisUri());
        String memory = redis.ask("INFO", "memory")
                .get(0)
                .lines()
                .filter(line -> line.startsWith("used_memory:"))
                .findFirst()
                .orElseThrow();
        return Map.of(
                Line.REDIS_KEYS,
                (double) redis.ask("KEYS", "mr:*").size(),
                Line.REDIS_MEMORY,
                Double.parseDouble(memory.split(":", 2)[1]) / MEBI);
    }

    /** The log segments of all topics; their indexes have their full size from the start. */
    Map<Line, Double> kafka() throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.walk(servers.kafka().directory())) {
            for (Path file : files.filter(path -> path.toString().matches(".*-\\d+/\\d+\\.log"))
                    .toList()) {
                bytes += Files.size(file);
            }
        }
        return Map.of(Line.TOPICS, bytes / MEBI);
    }
}

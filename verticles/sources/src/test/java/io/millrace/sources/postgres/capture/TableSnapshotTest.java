package io.millrace.sources.postgres.capture;

import static io.millrace.postgres.lease.LeaseDatabase.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.postgres.lease.LeaseDatabase;
import io.millrace.sources.postgres.value.ColumnType;
import io.millrace.sources.postgres.value.TableName;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("slow")
@Timeout(60)
class TableSnapshotTest {
    private static final int WIDE = 500_000;

    @Test
    void wideRowsBehindSmallOnesAreTakenAFewAtATime() throws Exception {
        Map<String, ColumnType> columns = new LinkedHashMap<>();
        columns.put("id", ColumnType.of(23, "int4", Types.OTHER));
        columns.put("note", ColumnType.of(25, "text", Types.OTHER));
        SourceTable table = new SourceTable(TableName.parse("orders"), List.of("id"), columns, null, true, false, true);
        Vertx vertx = Vertx.vertx();
        try (LeaseDatabase database = new LeaseDatabase()) {
            database.execute("create table orders (id int primary key, note text);"
                    + "insert into orders select n, 'small' from generate_series(1, 3000) n;"
                    + "insert into orders select n, repeat('x', " + WIDE + ") from generate_series(3001, 3150) n");
            List<Long> parts = new ArrayList<>();
            List<Integer> rows = new ArrayList<>();
            PgConnection connection = await(PgConnection.connect(
                    vertx, PgConnectOptions.fromUri(database.postgres().uri())));
            await(TableSnapshot.begin(connection)
                    .compose(seen -> new TableSnapshot(connection, 0, Instant.EPOCH, messages -> {
                                rows.add(messages.size());
                                parts.add(messages.stream()
                                        .mapToLong(message -> message.record().length)
                                        .sum());
                                return Future.succeededFuture();
                            })
                            .read(List.of(table))));
            assertEquals(3_150, rows.stream().mapToInt(each -> each).sum());
            assertTrue(rows.get(0) >= 900, "small ones are taken by the thousand: " + rows);
            // Those that were fetched before the first wide one was seen.
            assertTrue(parts.stream().allMatch(bytes -> bytes < 33L * WIDE), parts::toString);
            assertTrue(parts.subList(5, parts.size()).stream().allMatch(bytes -> bytes < 5L * WIDE), parts::toString);
        } finally {
            await(vertx.close());
        }
    }
}

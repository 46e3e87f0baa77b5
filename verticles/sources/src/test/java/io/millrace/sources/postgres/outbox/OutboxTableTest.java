package io.millrace.sources.postgres.outbox;

import static io.millrace.postgres.lease.LeaseDatabase.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.postgres.lease.LeaseDatabase;
import io.millrace.sources.SourcesFixture;
import io.millrace.sources.SourcesSettings;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
@Timeout(60)
@SuppressWarnings("NullAway.Init")
class OutboxTableTest {
    private static final int WIDE = 300_000;

    @TempDir
    Path folder;

    private OutboxSource source(String uri) throws Exception {
        Files.writeString(
                folder.resolve("s.yaml"),
                """
                source: shop
                as: { user: shop, roles: [webhook] }
                outbox: { uri: "%s", table: outbox }
                events: [ { type: "repo:pushed", id: "{#id}", data: {} } ]
                """
                        .formatted(uri));
        List<ConfigurationError> problems = new ArrayList<>();
        DomainModel pack = DomainModel.parse("pack.yaml", SourcesFixture.PACK);
        OutboxSource source = (OutboxSource)
                SourcesSettings.read(folder, Map.of(), pack, problems).all().get(0);
        assertEquals(List.of(), problems);
        return source;
    }

    @Test
    void wideRowsAreReadInPartsOfAMebibyteAndSmallOnesByTheHundred() throws Exception {
        Vertx vertx = Vertx.vertx();
        try (LeaseDatabase database = new LeaseDatabase()) {
            database.execute("create table outbox (id bigint primary key, body text);"
                    + "insert into outbox select n, 'small' from generate_series(1, 700) n;"
                    + "insert into outbox select n, repeat('x', " + WIDE + ") from generate_series(701, 900) n;"
                    + "insert into outbox values (1000, repeat('y', 3000000))");
            String uri = database.postgres().uri();
            PgConnection connection = await(PgConnection.connect(vertx, PgConnectOptions.fromUri(uri)));
            OutboxTable table = await(OutboxTable.open(source(uri), connection));
            OutboxPosition at = OutboxPosition.at(0).to(await(table.bounds()).settled());
            List<Long> keys = new ArrayList<>();
            List<Integer> sizes = new ArrayList<>();
            boolean last = false;
            while (!last) {
                OutboxTable.Part part = await(table.read(at));
                long bytes = 0;
                for (OutboxTable.Entry entry : part.entries()) {
                    keys.add(entry.key());
                    bytes += entry.message().record().length;
                }
                assertTrue(
                        bytes < 1_100_000 || part.entries().size() == 1,
                        bytes + " bytes in " + part.entries().size());
                sizes.add(part.entries().size());
                at = at.after(part.end());
                last = part.last();
            }
            assertEquals(
                    LongStream.concat(LongStream.rangeClosed(1, 900), LongStream.of(1_000))
                            .boxed()
                            .toList(),
                    keys);
            assertEquals(500, sizes.get(0));
            assertTrue(sizes.contains(3), "of a mebibyte: " + sizes);
        } finally {
            await(vertx.close());
        }
    }
}

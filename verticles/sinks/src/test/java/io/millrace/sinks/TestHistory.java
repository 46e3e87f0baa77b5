package io.millrace.sinks;

import static io.millrace.postgres.lease.LeaseDatabase.await;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.stream.Heads;
import io.millrace.contracts.stream.HistoryPage;
import io.millrace.contracts.stream.HistoryQuery;
import io.millrace.contracts.stream.PositionAtTime;
import io.millrace.contracts.stream.PositionAtTimeQuery;
import io.millrace.contracts.stream.StreamsQuery;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What the persistence stage answers, from the same tables. */
final class TestHistory {
    private final Pool pool;

    private TestHistory(Pool pool) {
        this.pool = pool;
    }

    static void serve(Vertx vertx, Bus bus, String uri) throws Exception {
        TestHistory history =
                new TestHistory(PgBuilder.pool().connectingTo(uri).using(vertx).build());
        await(bus.serve(Addresses.HISTORY, history::page));
        await(bus.serve(Addresses.STREAMS, history::streams));
        await(bus.serve(Addresses.POSITION_AT, history::positionAt));
    }

    private Future<HistoryPage> page(HistoryQuery query) {
        return pool.preparedQuery("select id, epoch, head, coalesce((select min(pos) from events where stream = s.id),"
                        + " head + 1) from streams s where name = $1")
                .execute(Tuple.of(query.stream()))
                .compose(found -> {
                    if (found.size() == 0) {
                        return Future.succeededFuture(
                                new HistoryPage(query.stream(), Position.NO_EPOCH, 1, 0, List.of()));
                    }
                    Row stream = found.iterator().next();
                    return pool.preparedQuery(
                                    "select pos, id, type, source, data::text, owner, metadata::text from events"
                                            + " where stream = $1 and pos > $2 order by pos limit $3")
                            .execute(Tuple.of(stream.getInteger(0), query.after(), query.limit()))
                            .map(rows -> new HistoryPage(
                                    query.stream(),
                                    stream.getString(1),
                                    stream.getLong(3),
                                    stream.getLong(2),
                                    events(query.stream(), stream.getString(1), rows)));
                });
    }

    private static List<CommittedEvent> events(String stream, String epoch, RowSet<Row> rows) {
        List<CommittedEvent> events = new ArrayList<>();
        for (Row row : rows) {
            Event event = Event.builder(row.getString(1), row.getString(2), row.getString(3))
                    .data(row.getString(4).getBytes(StandardCharsets.UTF_8))
                    .owner(row.getString(5))
                    .metadata(row.getString(6).getBytes(StandardCharsets.UTF_8))
                    .stream(stream)
                    .acceptedAtMicros(1)
                    .build();
            events.add(new CommittedEvent(event, new Position(epoch, row.getLong(0)), 0, null));
        }
        return events;
    }

    private Future<Heads> streams(StreamsQuery query) {
        return pool.preparedQuery("select name, epoch, head from streams where name > $1 and (name = any($2) or exists"
                        + " (select from unnest($3::text[]) p where starts_with(name, p))) order by name limit $4")
                .execute(Tuple.of(query.after())
                        .addArrayOfString(query.names().toArray(String[]::new))
                        .addArrayOfString(query.prefixes().toArray(String[]::new))
                        .addInteger(query.limit()))
                .map(rows -> {
                    List<Heads.Head> heads = new ArrayList<>();
                    rows.forEach(row -> heads.add(new Heads.Head(row.getString(0), row.getString(1), row.getLong(2))));
                    return new Heads(heads);
                });
    }

    private Future<PositionAtTime> positionAt(PositionAtTimeQuery query) {
        return pool.preparedQuery(
                        "select epoch, (select count(*) from events where stream = s.id and committed_at <"
                                + " timestamptz 'epoch' + $2::bigint * interval '1 microsecond') from streams s where name = $1")
                .execute(Tuple.of(query.stream(), query.micros()))
                .map(rows -> {
                    Row row = rows.iterator().next();
                    return new PositionAtTime(new Position(row.getString(0), row.getLong(1)), true);
                });
    }
}

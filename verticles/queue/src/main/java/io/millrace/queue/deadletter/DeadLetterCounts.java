package io.millrace.queue.deadletter;

import io.millrace.contracts.deadletter.DeadLetter;
import io.millrace.contracts.deadletter.DeadLetterFilter;
import io.millrace.contracts.deadletter.DeadLetterPage;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * Counts dead letters: from the counts that PostgreSQL keeps for each hour, so that a million letters are counted at once;
 * and, where a filter begins or ends within an hour or names letters, from the letters. Owned by the queue
 * verticle's event loop.
 */
final class DeadLetterCounts {
    private static final long SLOT = TimeUnit.HOURS.toMicros(1);

    /** A group counts its letters for at most so many periods. */
    private static final int PERIODS = 60;

    /** Lengths of a period in slots, up to ten years. */
    private static final long[] LENGTHS = {1, 3, 6, 12, 24, 168, 720, 8_760, 87_600};

    private final Pool pool;

    DeadLetterCounts(Pool pool) {
        this.pool = pool;
    }

    Future<Long> count(DeadLetterFilter filter) {
        return pool.preparedQuery(DeadLetterSql.COUNT.of(filter))
                .execute(counted(filter))
                .map(rows -> rows.iterator().next().getLong(0));
    }

    /** The groups beside a page of their letters. */
    Future<DeadLetterPage> groups(DeadLetterFilter filter, List<DeadLetter> page) {
        return pool.preparedQuery(DeadLetterSql.GROUPS.of(filter))
                .execute(counted(filter))
                .compose(rows -> {
                    List<Row> groups = new ArrayList<>();
                    rows.forEach(groups::add);
                    return groups.isEmpty()
                            ? Future.succeededFuture(new DeadLetterPage(page, List.of(), 0, 0))
                            : periods(filter, page, groups);
                });
    }

    private Future<DeadLetterPage> periods(DeadLetterFilter filter, List<DeadLetter> page, List<Row> groups) {
        long first = groups.stream().mapToLong(row -> row.getLong(6)).min().orElseThrow();
        long last = groups.stream().mapToLong(row -> row.getLong(7)).max().orElseThrow();
        long from = filter.fromMicros() == DeadLetterFilter.EVER ? first : Math.min(first, filter.fromMicros());
        long period = period(from, last);
        long firstPeriod = Math.floorDiv(from, period);
        Tuple parameters = counted(filter)
                .addArrayOfString(groups.stream().map(row -> row.getString(0)).toArray(String[]::new))
                .addLong(TimeUnit.MICROSECONDS.toSeconds(period));
        return pool.preparedQuery(DeadLetterSql.PERIODS.of(filter))
                .execute(parameters)
                .map(rows -> {
                    Map<String, List<Long>> letters = new HashMap<>();
                    for (Row row : rows) {
                        List<Long> periods = letters.computeIfAbsent(row.getString(0), group -> new ArrayList<>());
                        int place = (int) Math.max(0, row.getLong(1) - firstPeriod);
                        while (periods.size() <= place) {
                            periods.add(0L);
                        }
                        periods.set(place, periods.get(place) + row.getLong(2));
                    }
                    return new DeadLetterPage(
                            page,
                            groups.stream()
                                    .map(row -> group(row, letters.getOrDefault(row.getString(0), List.of())))
                                    .toList(),
                            firstPeriod * period,
                            period);
                });
    }

    /** The shortest length that makes few enough periods. */
    static long period(long from, long to) {
        for (long slots : LENGTHS) {
            long length = slots * SLOT;
            if (Math.floorDiv(to, length) - Math.floorDiv(from, length) < PERIODS) {
                return length;
            }
        }
        return (to - from) / SLOT / (PERIODS - 1) * SLOT + SLOT;
    }

    private static DeadLetterPage.Group group(Row row, List<Long> periods) {
        return new DeadLetterPage.Group(
                row.getString(0),
                row.getString(1),
                row.getString(2),
                Objects.requireNonNullElse(row.getString(3), ""),
                row.getLong(4),
                row.getLong(5),
                row.getLong(6),
                row.getLong(7),
                periods);
    }

    /** A filter as {@code $1} to {@code $12}: the last two say which slots are whole. */
    private static Tuple counted(DeadLetterFilter filter) {
        long from = -Math.floorDiv(-filter.fromMicros(), SLOT) * SLOT;
        long to = filter.toMicros() == DeadLetterFilter.NEVER
                ? filter.toMicros()
                : Math.floorDiv(filter.toMicros(), SLOT) * SLOT;
        boolean kept = filter.ids().isEmpty() && filter.act() == 0 && from < to;
        return DeadLetterRepository.filter(filter)
                .addLong(kept ? from : filter.toMicros())
                .addLong(kept ? to : filter.toMicros());
    }
}

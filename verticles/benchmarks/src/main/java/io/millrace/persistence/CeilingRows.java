package io.millrace.persistence;

import io.millrace.persistence.store.CommitSql;
import io.vertx.sqlclient.Tuple;
import java.util.Arrays;
import java.util.function.LongFunction;
import java.util.function.LongUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** The rows that the load makes, as the parameters of {@link CommitSql#WRITE}, without anything that finds out what they are. */
final class CeilingRows {
    private static final int ENTITIES = 1000;
    private static final String NOTE = "\"data\":{\"status\":\"shipped\",\"amount\":1234.56,\"currency\":\"EUR\","
            + "\"note\":\"ahovcjqxelszgnubipwdkryfmtahovcj\"}";

    private final String prefix;
    private final int stream;
    private final String type;
    private long pos;

    /** @param prefix its own, of events and entities, so that no two connections wait for each other */
    CeilingRows(String prefix, int stream, String type) {
        this.prefix = prefix;
        this.stream = stream;
        this.type = type;
    }

    /** A batch whose entities are there already, or, to begin with, are not. */
    Tuple next(int events, boolean first) {
        long from = pos + 1;
        pos += events;
        long[] positions = LongStream.rangeClosed(from, pos).toArray();
        String[] kinds = same(events, "bench");
        String[] entities = strings(positions, each -> prefix + "order-" + each % ENTITIES);
        Long[] versions = longs(positions, each -> (each - 1) / ENTITIES + 1);
        String[] states = strings(positions, this::data);
        Integer[] streams = IntStream.range(0, events).mapToObj(each -> stream).toArray(Integer[]::new);
        Long[] at = longs(positions, each -> each);
        Tuple tuple = Tuple.tuple();
        tuple.addValue(new Integer[] {stream}).addValue(new String[] {"x"});
        tuple.addValue(new Long[] {from - 1}).addValue(new Long[] {pos});
        events(tuple, positions, streams, at, states);
        tuple.addValue(kinds).addValue(entities).addValue(versions).addValue(same(events, "load"));
        journeys(tuple, positions.length);
        changes(tuple, kinds, entities, versions, streams, at, positions);
        tuple.addValue(Arrays.copyOf(longs(positions, each -> (each - 1) / ENTITIES), first ? 0 : events));
        entities(tuple, first ? 0 : events, kinds, entities, versions, states, streams, at, at, at, new String[events]);
        entities(tuple, first ? events : 0, kinds, entities, versions, states, streams, at, at, at, new String[events]);
        tuple.addString(null).addString("").addValue(new String[events]);
        return tuple;
    }

    private void events(Tuple tuple, long[] positions, Integer[] streams, Long[] at, String[] data) {
        int events = positions.length;
        long now = System.currentTimeMillis() * 1000;
        tuple.addValue(streams).addValue(at);
        tuple.addValue(strings(positions, this::id)).addValue(same(events, "load"));
        tuple.addValue(same(events, type)).addValue(longs(positions, each -> now));
        tuple.addValue(IntStream.range(0, events).mapToObj(each -> (short) 2).toArray(Short[]::new));
        tuple.addValue(data).addValue(new String[events]).addValue(new String[events]);
        tuple.addValue(new String[events]);
    }

    /** As of the first attempt on the direct path. */
    private static void journeys(Tuple tuple, int events) {
        long now = System.currentTimeMillis() * 1000;
        tuple.addValue(Stream.generate(() -> now).limit(events).toArray(Long[]::new));
        tuple.addValue(new Long[events]);
        Short[] zeros = Stream.generate(() -> (short) 0).limit(events).toArray(Short[]::new);
        tuple.addValue(zeros).addValue(zeros);
    }

    private void changes(
            Tuple tuple,
            String[] kinds,
            String[] entities,
            Long[] versions,
            Integer[] streams,
            Long[] at,
            long[] positions) {
        tuple.addValue(kinds)
                .addValue(entities)
                .addValue(versions)
                .addValue(streams)
                .addValue(at);
        tuple.addValue(same(positions.length, "load"));
        tuple.addValue(strings(positions, this::patch)).addValue(strings(positions, this::patch));
        tuple.addValue(at);
    }

    /** All of them, or none. */
    private static void entities(Tuple tuple, int events, Object[]... columns) {
        for (Object[] column : columns) {
            tuple.addValue(Arrays.copyOf(column, events));
        }
    }

    private String id(long number) {
        return prefix + "0123456-" + number;
    }

    private String patch(long number) {
        return "{\"t\":" + (2_000_000_000_000L + number) + ",\"id\":\"" + id(number) + "\",\"version\":"
                + ((number - 1) / ENTITIES + 1) + "}";
    }

    private String data(long number) {
        return "{\"t\":" + (2_000_000_000_000L + number) + ",\"id\":\"" + id(number)
                + "\",\"type\":\"order.updated\",\"entity\":\"" + prefix + "order-" + number % ENTITIES
                + "\",\"version\":" + ((number - 1) / ENTITIES + 1) + "," + NOTE + "}";
    }

    private static String[] same(int events, String value) {
        return Stream.generate(() -> value).limit(events).toArray(String[]::new);
    }

    private static String[] strings(long[] positions, LongFunction<String> value) {
        return LongStream.of(positions).mapToObj(value).toArray(String[]::new);
    }

    private static Long[] longs(long[] positions, LongUnaryOperator value) {
        return LongStream.of(positions).map(value).boxed().toArray(Long[]::new);
    }
}

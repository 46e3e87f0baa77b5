package io.millrace.benchmarks.load;

import io.millrace.benchmarks.client.FilteredSubscriber;
import io.millrace.benchmarks.report.Arguments;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What filtered subscriptions cost that an event doesn't match: the same events, once with the ten alone that get each of
 * them, once among many whose filters they don't match. One thread sends and reads. Arguments: {@code port=} {@code token=}
 * {@code pid=} {@code out=} {@code quick=}.
 */
public final class FilteredLoad extends Saturation {
    /** Who get each event. */
    private static final int WANTING = 10;
    /** Streams of one connection, as many as it may follow. */
    private static final int STREAMS = 100;

    private static final int MANY = 1000;
    private static final int BATCH = 50;
    private static final int OUTSTANDING = 400;
    private static final int OPENING = 64;
    private static final int PATIENCE_S = 120;

    private final int streams;
    private final List<FilteredSubscriber> subscribers = new ArrayList<>();

    private FilteredLoad(Arguments arguments, int sockets, int streams) throws IOException {
        super(arguments, BATCH, OUTSTANDING);
        this.streams = streams;
        int port = arguments.number("port");
        String token = arguments.text("token");
        for (int i = 0; i < sockets; i++) {
            FilteredSubscriber subscriber = new FilteredSubscriber(port, token, i, streams, i < WANTING);
            subscribers.add(subscriber);
            watch(subscriber);
            int wanted = subscribers.size() - OPENING;
            await(() -> ready() >= wanted, PATIENCE_S);
        }
        await(() -> ready() == sockets, PATIENCE_S);
    }

    public static void main(String[] args) throws Exception {
        Arguments arguments = new Arguments(args);
        int seconds = arguments.quick() ? 4 : 8;
        measure(arguments, MANY, 1, 1, 2 * seconds); // what the just-in-time compilers see first
        for (int round = 0; round < (arguments.quick() ? 1 : 3); round++) {
            for (int streams : new int[] {1, STREAMS}) {
                for (int sockets : new int[] {WANTING, MANY}) {
                    report(arguments, measure(arguments, sockets, streams, 2, seconds));
                }
            }
        }
        System.exit(0);
    }

    private static JsonObject measure(Arguments arguments, int sockets, int streams, int lead, int seconds)
            throws IOException {
        try (FilteredLoad load = new FilteredLoad(arguments, sockets, streams)) {
            return load.measure(lead, seconds, 1)
                    .put("kind", "filtered")
                    .put("streams", streams)
                    .put("sockets", sockets)
                    .put("subscriptions", sockets * streams);
        }
    }

    @Override
    long delivered() {
        return subscribers.stream()
                .filter(FilteredSubscriber::isMatching)
                .mapToLong(FilteredSubscriber::events)
                .min()
                .orElseThrow();
    }

    @Override
    String event(long number) {
        return "{\"type\":\"bench:keyed\",\"data\":{\"t\":" + System.nanoTime() + ",\"key\":\"" + number % streams
                + "\",\"group\":" + FilteredSubscriber.WANTED
                + ",\"status\":\"shipped\",\"amount\":1234.56,\"currency\":\"EUR\",\"note\":\""
                + "ahovcjqxelszgnubipwdkryfmtahovcjqxelszgnubipwdkryfmtahovcjqxelszgnubipwdkryfmt\"}}";
    }

    private int ready() {
        return (int) subscribers.stream().filter(FilteredSubscriber::ready).count();
    }
}

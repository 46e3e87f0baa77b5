package io.millrace.systemtests.load;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.ReadyFronts;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.StreamLog;
import io.millrace.testkit.process.MillraceProcess;
import io.millrace.testkit.process.Pipeline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * A steady load and subscribers that come back, from the beginning of both to the verdict: every acknowledged id is written
 * down, and at the end compared with the table and with what each subscriber received.
 */
final class ConsistencyRound implements AutoCloseable {
    private static final int SUBSCRIBERS = 3;
    /** Everything that waited is committed and delivered by then. */
    private static final Duration CATCH_UP = Duration.ofSeconds(90);

    private final ReadyFronts fronts;
    private final String orders;
    private final String stocks;
    private final List<ReconnectingSubscriber> subscribers = new ArrayList<>();
    private final SteadyLoad load;

    /** Begins with the load. */
    ConsistencyRound(Pipeline pipeline, int eventsPerSecond) {
        fronts = new ReadyFronts(pipeline.signer().token("shop", "staff"));
        fronts.add(pipeline.front());
        ApiClient staff = fronts.get();
        orders = staff.head(Shop.ORDERS);
        stocks = staff.head(Shop.INVENTORY);
        int broadcasts = pipeline.running("broadcast").size();
        for (int i = 0; i < SUBSCRIBERS; i++) {
            int node = i % broadcasts;
            ReconnectingSubscriber subscriber = new ReconnectingSubscriber(
                    () -> pipeline.running("broadcast").get(node).uri("/api/ws"),
                    pipeline.signer().token("s-" + i, "staff"));
            subscriber.follow(Shop.ORDERS, orders);
            subscriber.follow(Shop.INVENTORY, stocks);
            subscribers.add(subscriber);
        }
        load = SteadyLoad.start(fronts, eventsPerSecond);
    }

    SteadyLoad load() {
        return load;
    }

    /** Another process that takes events. */
    void add(MillraceProcess front) {
        fronts.add(front);
    }

    /** Returns when an urgent and an ordinary event from now on are at every subscriber. */
    void awaitFlowing(Duration within) {
        Set<String> ordersBefore = load.orders();
        Set<String> stocksBefore = load.stocks();
        await().atMost(within)
                .until(() -> arrived(Shop.ORDERS, load.orders(), ordersBefore)
                        && arrived(Shop.INVENTORY, load.stocks(), stocksBefore));
    }

    private boolean arrived(String stream, Set<String> acknowledged, Set<String> before) {
        Set<String> fresh = new HashSet<>(acknowledged);
        fresh.removeAll(before);
        return subscribers.stream().map(subscriber -> subscriber.log(stream)).allMatch(log -> fresh.stream()
                .anyMatch(log::has));
    }

    /** Returns when these orders are at every subscriber. */
    void awaitOrders(Set<String> posted, Duration within) {
        await().atMost(within).until(() -> subscribers.stream()
                .map(subscriber -> subscriber.log(Shop.ORDERS))
                .allMatch(log -> posted.stream().allMatch(log::has)));
    }

    /** Ends the load, waits until everything has caught up, and finds nothing lost, doubled, missed or repeated. */
    String verdict() {
        load.stop();
        int rows = compared(Shop.ORDERS, orders, load.orders()) + compared(Shop.INVENTORY, stocks, load.stocks());
        int acknowledged = load.acknowledged();
        assertTrue(acknowledged > 0);
        return String.format(
                Locale.ROOT,
                "%,d acknowledged, %,d refused or unanswered, %,d rows; 0 lost, 0 doubled, 0 gaps at %d subscribers that"
                        + " came back %d times",
                acknowledged,
                load.refusals().size(),
                rows,
                subscribers.size(),
                subscribers.stream().mapToInt(ReconnectingSubscriber::returns).sum());
    }

    private int compared(String stream, String from, Set<String> acknowledged) {
        await().atMost(CATCH_UP)
                .pollInterval(Duration.ofSeconds(1))
                .ignoreExceptions()
                .until(() -> new HashSet<>(Shop.eventIds(fronts.get().historyAfter(stream, from)))
                        .containsAll(acknowledged));
        List<String> stored = settled(stream, from);
        assertEquals(stored.size(), new TreeSet<>(stored).size(), "rows of " + stream + ", each once");
        for (ReconnectingSubscriber subscriber : subscribers) {
            StreamLog log = subscriber.log(stream);
            await().atMost(CATCH_UP).until(() -> log.size() >= stored.size());
            assertEquals(List.of(), log.faults(), "what a subscriber of " + stream + " saw");
            List<String> received = log.ids();
            // Others than the load may go on writing.
            List<String> table = received.size() == stored.size()
                    ? stored
                    : Shop.eventIds(fronts.get().historyAfter(stream, from));
            assertEquals(
                    table.subList(0, Math.min(table.size(), received.size())),
                    received,
                    "what a subscriber of " + stream + " received");
        }
        return stored.size();
    }

    /** What was never answered may still be on its way. */
    private List<String> settled(String stream, String from) {
        List<List<String>> seen = new ArrayList<>(List.of(List.of()));
        await().atMost(CATCH_UP).pollInterval(Duration.ofSeconds(2)).until(() -> {
            seen.add(Shop.eventIds(fronts.get().historyAfter(stream, from)));
            return seen.get(seen.size() - 1).size() == seen.get(seen.size() - 2).size();
        });
        return seen.get(seen.size() - 1);
    }

    @Override
    public void close() {
        load.close();
        fronts.close();
        subscribers.forEach(ReconnectingSubscriber::close);
    }
}

package io.millrace.systemtests.soak;

import io.millrace.contracts.event.Position;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.millrace.testkit.client.Transport;
import io.millrace.testkit.client.TransportListener;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonObject;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * What a pipeline has beside a steady load: subscribers by each transport in turn, who stay for a while, go without a word and
 * must have seen no gap; readers of history, entities and KPIs; events that become dead letters, and an operator who
 * discards them. On a thread of its own.
 */
final class PassingClients implements AutoCloseable {
    private static final int READ_EVERY_MS = 500;
    private static final int POISON_EVERY_MS = 30_000;
    private static final int DISCARD_EVERY_MS = 120_000;
    private static final int TOKEN_SECONDS = 7 * 86_400;
    private static final List<String> READ = List.of(
            "/api/streams/orders/events?last=50",
            "/api/streams/inventory/events?last=200",
            "/api/kpis/revenue?by=day",
            "/api/dead-letters?limit=50",
            "/api/entities/order?limit=20");

    private final Pipeline pipeline;
    private final int stay;
    private final String token;
    private final ApiClient admin;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private final Deque<Visit> visits = new ArrayDeque<>();
    private final Map<Transport, Integer> received = new EnumMap<>(Transport.class);
    private final List<String> faults = new ArrayList<>();
    private int came;
    private int reads;
    private int poisoned;

    private record Visit(Transport transport, TransportListener listener) {}

    /**
     * Begins.
     *
     * @param comes how often a subscriber comes
     * @param stay how many are there at a time
     */
    PassingClients(Pipeline pipeline, Duration comes, int stay) {
        this.pipeline = pipeline;
        this.stay = stay;
        JsonObject lasting = new JsonObject().put("exp", Instant.now().getEpochSecond() + TOKEN_SECONDS);
        token = pipeline.signer().token("visitor", lasting, "admin");
        admin = new ApiClient(pipeline.front().uri("/"), token);
        every(comes.toMillis(), this::comeAndGo);
        every(READ_EVERY_MS, this::read);
        every(POISON_EVERY_MS, this::poison);
        every(DISCARD_EVERY_MS, this::discard);
    }

    private void every(long milliseconds, Runnable work) {
        var unused = clock.scheduleWithFixedDelay(
                () -> {
                    try {
                        work.run();
                    } catch (UncheckedIOException away) {
                        // Something is broken on purpose just now.
                    } catch (RuntimeException | AssertionError other) {
                        // Whoever throws is never asked again.
                        System.out.println("soak: " + other);
                    }
                },
                milliseconds,
                milliseconds,
                TimeUnit.MILLISECONDS);
    }

    private synchronized void comeAndGo() {
        Transport transport = Transport.values()[came++ % Transport.values().length];
        JsonObject options = new JsonObject().put("stream", Shop.ORDERS);
        visits.add(new Visit(transport, transport.open(pipeline.broadcast().uri("/"), token, options)));
        while (visits.size() > stay) {
            leave(visits.remove());
        }
    }

    private void leave(Visit visit) {
        visit.listener.close();
        List<Position> positions = visit.listener.events().stream()
                .map(event -> Position.parse(event.getString("position")))
                .toList();
        received.merge(visit.transport, positions.size(), Integer::sum);
        for (int i = 1; i < positions.size(); i++) {
            if (positions.get(i).offset() != positions.get(i - 1).offset() + 1) {
                faults.add(visit.transport + ": after " + positions.get(i - 1) + " came " + positions.get(i));
            }
        }
    }

    private void read() {
        ApiResponse answer = admin.get(READ.get(reads++ % READ.size()));
        if (answer.status() / 100 == 4) {
            synchronized (this) {
                faults.add(answer.toString());
            }
        }
    }

    private void poison() {
        ApiResponse answer = admin.post(Shop.poison());
        poisoned += answer.status() == 202 ? 1 : 0;
    }

    private void discard() {
        JsonObject all = new JsonObject().put("filter", new JsonObject().put("stream", Shop.INVENTORY));
        admin.ask("POST", "/api/dead-letters/discard", all);
    }

    /** Gaps that a subscriber saw, refused reads, and transports by which nothing ever came. */
    synchronized List<String> faults() {
        List<String> all = new ArrayList<>(faults);
        Arrays.stream(Transport.values())
                .filter(transport -> received.containsKey(transport) && received.get(transport) == 0)
                .forEach(silent -> all.add("nothing came by " + silent));
        return all;
    }

    /** What it was. */
    synchronized String summary() {
        return String.format(
                Locale.ROOT,
                "%,d subscribers by %d transports saw %,d events; %,d reads, %,d poison events",
                came,
                received.size(),
                received.values().stream().mapToInt(Integer::intValue).sum(),
                reads,
                poisoned);
    }

    /** All leave. */
    @Override
    public void close() {
        clock.shutdownNow();
        synchronized (this) {
            visits.forEach(this::leave);
            visits.clear();
        }
    }
}

package io.millrace.benchmarks.thresholds;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What {@code /metrics} say while a step lasts, as the queries of the autoscalers ask them. Looks on a thread of its own. */
final class ThresholdFigures implements AutoCloseable {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final int LOOK_EVERY_MS = 200;
    private static final String IN_FLIGHT = "millrace_ingest_request_duration_seconds_sum";
    private static final String WAITING = "millrace_persistence_batch_waiting_events";
    private static final String AGE = "millrace_queue_oldest_age_seconds";
    private static final String LATENCY = "millrace_broadcast_delivery_latency_seconds_bucket";

    private final int port;
    private final String first;
    private final long begun = System.nanoTime();
    private final List<Double> waiting = new ArrayList<>();
    private final List<Double> ages = new ArrayList<>();
    private final Thread looks = new Thread(this::look, "figures");
    private volatile boolean over;

    /** Begins to look. */
    ThresholdFigures(int managementPort) {
        port = managementPort;
        first = read(port);
        looks.setDaemon(true);
        looks.start();
    }

    /** Whether nothing waits in the queue or for a commit. */
    static boolean isIdle(int managementPort) {
        String now = read(managementPort);
        return sum(now, AGE) == 0 && sum(now, WAITING) == 0;
    }

    private void look() {
        while (!over) {
            String now = read(port);
            waiting.add(sum(now, WAITING));
            ages.add(sum(now, AGE));
            try {
                Thread.sleep(LOOK_EVERY_MS);
            } catch (InterruptedException ended) {
                return;
            }
        }
    }

    /** The means, and the highest age, since it began; ends the looking. */
    JsonObject told() {
        close();
        String last = read(port);
        double seconds = (System.nanoTime() - begun) / 1e9;
        return new JsonObject()
                .put("inFlight", (sum(last, IN_FLIGHT) - sum(first, IN_FLIGHT)) / seconds)
                .put("waiting", waiting.stream().mapToDouble(x -> x).average().orElse(0))
                .put("age", ages.stream().mapToDouble(x -> x).max().orElse(0))
                .put("deliveryP99", 1_000 * p99(first, last));
    }

    /** As {@code histogram_quantile(0.99, …)} takes it from the buckets, in seconds; 0 if there was nothing. */
    private static double p99(String before, String after) {
        Map<Double, Double> buckets = buckets(after);
        buckets(before).forEach((bound, count) -> buckets.merge(bound, -count, Double::sum));
        double all = buckets.getOrDefault(Double.POSITIVE_INFINITY, 0.0);
        double lower = 0;
        double below = 0;
        for (Map.Entry<Double, Double> bucket : buckets.entrySet()) {
            double count = bucket.getValue();
            if (all > 0 && count >= 0.99 * all) {
                double upper = bucket.getKey();
                return Double.isInfinite(upper)
                        ? lower
                        : lower + (upper - lower) * (0.99 * all - below) / (count - below);
            }
            lower = bucket.getKey();
            below = count;
        }
        return 0;
    }

    private static Map<Double, Double> buckets(String metrics) {
        Map<Double, Double> buckets = new TreeMap<>();
        metrics.lines().filter(line -> line.startsWith(LATENCY)).forEach(line -> {
            String bound = line.replaceFirst(".*le=\"([^\"]*)\".*", "$1");
            double upper = "+Inf".equals(bound) ? Double.POSITIVE_INFINITY : Double.parseDouble(bound);
            buckets.merge(upper, value(line), Double::sum);
        });
        return buckets;
    }

    private static double sum(String metrics, String name) {
        return metrics.lines()
                .filter(line -> line.startsWith(name))
                .mapToDouble(ThresholdFigures::value)
                .sum();
    }

    private static double value(String line) {
        double value = Double.parseDouble(line.substring(line.lastIndexOf(' ')));
        return Double.isNaN(value) ? 0 : value;
    }

    private static String read(int port) {
        try {
            return HTTP.send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (IOException away) {
            throw new UncheckedIOException(away);
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(ended);
        }
    }

    @Override
    public void close() {
        over = true;
        try {
            looks.join();
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }
}

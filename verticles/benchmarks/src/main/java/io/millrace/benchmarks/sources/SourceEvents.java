package io.millrace.benchmarks.sources;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How many events a source of Millrace has made, and how fast. Blocks. */
final class SourceEvents {
    private static final long LIMIT_SECONDS = 180;

    private final HttpClient http = HttpClient.newHttpClient();
    private final URI metrics;
    private final Pattern events;

    /** @param management the port of Millrace's metrics */
    SourceEvents(int management, String source) {
        metrics = URI.create("http://127.0.0.1:" + management + "/metrics");
        events = Pattern.compile(
                "millrace_source_events_total\\{[^}]*source=\"" + Pattern.quote(source) + "\"[^}]*} ([0-9.E+]+)");
    }

    /** Whatever became of them. */
    long count() {
        try {
            String page = http.send(HttpRequest.newBuilder(metrics).build(), HttpResponse.BodyHandlers.ofString())
                    .body();
            Matcher line = events.matcher(page);
            double all = 0;
            while (line.find()) {
                all += Double.parseDouble(line.group(1));
            }
            return (long) all;
        } catch (IOException failed) {
            throw new IllegalStateException(failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    /**
     * A second, from the first that is counted to the last.
     *
     * @param count from 0 on
     */
    static double rate(LongSupplier count, long wanted) throws InterruptedException {
        await(count, 1);
        long first = count.getAsLong();
        long begun = System.nanoTime();
        await(count, wanted);
        return (wanted - first) * 1e9 / (System.nanoTime() - begun);
    }

    static void await(LongSupplier count, long wanted) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (count.getAsLong() < wanted) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException(
                        "only " + count.getAsLong() + " of " + wanted + " within " + LIMIT_SECONDS + " s");
            }
            Thread.sleep(20);
        }
    }
}

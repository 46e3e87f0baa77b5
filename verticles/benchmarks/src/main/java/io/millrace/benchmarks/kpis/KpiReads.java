package io.millrace.benchmarks.kpis;

import io.millrace.benchmarks.load.Load;
import io.millrace.benchmarks.report.Arguments;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * How long it takes to read KPIs, over few events or many; before that it waits until they are counted. Arguments: {@code
 * port=} {@code token=} {@code events=} (how many must have been counted) {@code out=} {@code quick=}.
 */
public final class KpiReads {
    private static final int READS = 500;
    private static final int PATIENCE_MINUTES = 20;

    private final HttpClient client = HttpClient.newHttpClient();
    private final Arguments arguments;

    private KpiReads(Arguments arguments) {
        this.arguments = arguments;
    }

    public static void main(String[] args) throws Exception {
        new KpiReads(new Arguments(args)).run();
    }

    private void run() throws Exception {
        long events = arguments.number("events");
        long begun = System.nanoTime();
        while (counted() < events) {
            if (System.nanoTime() - begun > TimeUnit.MINUTES.toNanos(PATIENCE_MINUTES)) {
                throw new IOException("only " + counted() + " events were counted");
            }
            Thread.sleep(200);
        }
        double waited = (System.nanoTime() - begun) / 1e9;
        for (String path : new String[] {"/api/kpis", "/api/kpis/amount?by=day", "/api/kpis/buyers?by=month"}) {
            for (int i = 0; i < READS; i++) {
                get(path);
            }
            Histogram nanos = new Histogram(3);
            for (int i = 0; i < READS; i++) {
                long start = System.nanoTime();
                get(path);
                nanos.recordValue(System.nanoTime() - start);
            }
            Load.report(
                    arguments,
                    new JsonObject()
                            .put("kind", "reads")
                            .put("path", path)
                            .put("events", counted())
                            .put("waited", waited)
                            .put("p50", nanos.getValueAtPercentile(50) / 1e6)
                            .put("p99", nanos.getValueAtPercentile(99) / 1e6));
        }
    }

    private long counted() throws IOException, InterruptedException {
        return get("/api/kpis").getJsonArray("kpis").stream()
                .map(JsonObject.class::cast)
                .filter(kpi -> "orders".equals(kpi.getString("name")))
                .mapToLong(kpi -> kpi.getLong("count"))
                .sum();
    }

    private JsonObject get(String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + arguments.number("port") + path);
        HttpResponse<String> answer = client.send(
                HttpRequest.newBuilder(uri)
                        .header("Authorization", "Bearer " + arguments.text("token"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IOException(path + " was answered " + answer.statusCode() + ": " + answer.body());
        }
        return new JsonObject(answer.body());
    }
}

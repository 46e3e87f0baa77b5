package io.millrace.benchmarks.report;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Turns the lines that {@code scripts/bench sources} wrote into a page to read. Arguments: {@code out=} (the lines) {@code
 * page=} {@code title=}.
 */
public final class SourcesReport {
    private static final String MILLRACE = "millrace";

    private final List<JsonObject> lines;
    private final Page page;

    private SourcesReport(Page page) {
        this.lines = page.lines();
        this.page = page;
    }

    public static void main(String[] args) throws IOException {
        Page.write(args, page -> new SourcesReport(page).write());
    }

    private void write() {
        measured("webhooks, verified, kept and acknowledged", "webhook", "deliveries/s");
        measured("messages of Redis at 1,000 sockets", "redis", "deliveries/s");
        measured("rows of a database at a socket", "change to socket", "events/s");
        measured("changes of a database", "changes", "rows/s");
        measured("records of a Kafka topic", "kafka", "records/s");
        double commit = best(each -> "ceiling".equals(each.getString("kind")));
        page.line("\nThe commit alone, the best of its forms: " + Page.whole(commit) + " events/s.");
        page.line("\n| aim | wanted | measured | of |\n|---|---|---|---|");
        against("webhooks, of express + standardwebhooks + BullMQ", "webhook", "node");
        against("Redis to 1,000 sockets, of Socket.IO", "redis", "socketio");
        aim(
                "changes of a database, of Debezium's engine alone",
                0.5,
                best(of("changes", MILLRACE)),
                best(of("changes", "bare")));
        lines.stream()
                .filter(of("change to socket", MILLRACE))
                .forEach(line -> page.line(String.format(
                        Locale.ROOT,
                        "| database change to socket at 500 rows/s, p50 / p99 | p50 at most 20 ms | **%.1f / %.1f** ms | |",
                        line.getDouble("socketP50"),
                        line.getDouble("socketP99"))));
        aim(
                "Kafka to the database, of the lesser of a bare consumer and the bare commit",
                0.5,
                best(of("kafka", MILLRACE)),
                Math.min(best(of("kafka", "bare")), commit));
    }

    /** By the rate, and by the CPU of a delivery, which others on the machine don't change. */
    private void against(String what, String kind, String peer) {
        aim(what, 5, best(of(kind, MILLRACE)), best(of(kind, peer)));
        aim(what + ", by CPU µs", 5, leastCpu(of(kind, peer)), leastCpu(of(kind, MILLRACE)));
    }

    private void measured(String what, String kind, String unit) {
        page.line("\n| " + what + " | under way | " + unit + " | CPU µs of each, by process |\n|---|---|---|---|");
        for (JsonObject line : lines) {
            if (kind.equals(line.getString("kind"))) {
                page.line("| " + line.getString("of") + " | " + line.getValue("outstanding", "") + " | "
                        + Page.whole(line.getDouble("perSecond")) + " | "
                        + cpu(line.getJsonObject("cpuMicros", new JsonObject())) + " |");
            }
        }
    }

    private static String cpu(JsonObject micros) {
        StringBuilder all = new StringBuilder();
        micros.forEach(each -> all.append(all.isEmpty() ? "" : ", ")
                .append(each.getKey())
                .append(' ')
                .append(Page.hundredths(((Number) each.getValue()).doubleValue())));
        return all.toString();
    }

    private static Predicate<JsonObject> of(String kind, String what) {
        return each -> kind.equals(each.getString("kind")) && what.equals(each.getString("of"));
    }

    private double best(Predicate<JsonObject> which) {
        return lines.stream()
                .filter(which)
                .mapToDouble(each -> each.getDouble("perSecond"))
                .max()
                .orElse(0);
    }

    /** Of the server and what works for it, Kafka and the load apart. 0 if there is none. */
    private double leastCpu(Predicate<JsonObject> which) {
        return lines.stream()
                .filter(which)
                .map(each -> each.getJsonObject("cpuMicros", new JsonObject()))
                .mapToDouble(each -> Stream.of("server", "postgres", "redis")
                        .mapToDouble(name -> each.getDouble(name, 0.0))
                        .sum())
                .filter(micros -> micros > 0)
                .min()
                .orElse(0);
    }

    private void aim(String what, double wanted, double reached, double of) {
        if (reached > 0 && of > 0) {
            page.line(String.format(
                    Locale.ROOT,
                    "| %s | at least %s | **%.2f** | %s / %s |",
                    what,
                    wanted,
                    reached / of,
                    figure(reached),
                    figure(of)));
        }
    }

    private static String figure(double number) {
        return number < 1000 ? Page.hundredths(number) : Page.whole(number);
    }
}

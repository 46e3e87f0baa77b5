package io.millrace.benchmarks.report;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/**
 * Turns the lines that {@code scripts/bench curve} wrote into a page to read: times to the socket at each rate, beside Bun's,
 * medians over the rounds. Arguments: as those of {@link Page}.
 */
public final class CurveReport {
    private final List<JsonObject> lines;
    private final Page page;

    private CurveReport(Page page) {
        this.lines = page.lines();
        this.page = page;
    }

    public static void main(String[] args) throws IOException {
        Page.write(args, page -> new CurveReport(page).write());
    }

    private void write() {
        table("quiet", "events/s to 1,000 sockets");
        table("busy", "the same, while others take a quarter of the machine");
    }

    private void table(String machine, String title) {
        page.line("\n| " + title
                + " | Millrace p50 / p99 ms | CPU µs a delivery | Bun p50 / p99 ms | CPU µs | Millrace of Bun,"
                + " p50 / p99 |\n|---|---|---|---|---|---|");
        lines.stream()
                .filter(line -> label(line).startsWith("millrace/" + machine))
                .mapToInt(line -> line.getDouble("rate").intValue())
                .distinct()
                .forEach(rate -> page.line("| " + Page.whole(rate) + " | " + times("millrace", machine, rate) + " | "
                        + times("bun", machine, rate) + " | " + ratio(machine, rate, "p50_ms") + " / "
                        + ratio(machine, rate, "p99_ms") + " |"));
    }

    private String times(String server, String machine, int rate) {
        Predicate<JsonObject> its = of(server, machine, rate);
        if (lines.stream().noneMatch(its)) {
            return " | ";
        }
        String lost = median(its, "msgs_per_s") < 0.97 * 1000 * rate ? " (behind)" : "";
        return Page.tenths(median(its, "p50_ms")) + " / " + Page.tenths(median(its, "p99_ms")) + lost + " | "
                + Page.hundredths(median(its, "srv_us_per_msg"));
    }

    private String ratio(String machine, int rate, String figure) {
        double of = median(of("bun", machine, rate), figure);
        return of > 0
                ? String.format(Locale.ROOT, "%.2f", median(of("millrace", machine, rate), figure) / of)
                : "not measured";
    }

    private static Predicate<JsonObject> of(String server, String machine, int rate) {
        return line -> label(line).equals(server + "/" + machine + "/" + rate);
    }

    private static String label(JsonObject line) {
        return line.getString("label", "");
    }

    private double median(Predicate<JsonObject> which, String figure) {
        return Page.median(lines.stream().filter(which).mapToDouble(line -> line.getDouble(figure)));
    }
}

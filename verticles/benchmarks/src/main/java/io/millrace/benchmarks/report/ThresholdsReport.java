package io.millrace.benchmarks.report;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What {@code scripts/bench thresholds} measured, the best round of each step, since whatever else the machine does only makes
 * it slower; and where in it latency begins to rise: behind the last step whose p99 is at most twice that of the steps at the
 * start. The threshold lies between this step and the next, at their geometric mean. Arguments: as those of {@link Page}.
 */
public final class ThresholdsReport {
    /** Steps at the start, whose median is what latency is without load. */
    private static final int QUIET = 3;

    private final Page page;

    private ThresholdsReport(Page page) {
        this.page = page;
    }

    public static void main(String[] args) throws IOException {
        Page.write(args, page -> new ThresholdsReport(page).write());
    }

    private void write() {
        for (String series : List.of("ingest", "persistence", "queue")) {
            page.line("| " + series
                    + ": events/s wanted | answered | p50 / p99 ms to the answer | in flight | waiting for"
                    + " a commit | oldest in the queue, s | p99 ms to the socket | cores |");
            page.line("|---|---|---|---|---|---|---|---|");
            steps(series).forEach(this::row);
            page.line("");
        }
        page.line("| broadcast: connections | p99 ms to the socket | cores |\n|---|---|---|");
        steps("broadcast")
                .forEach(step -> page.line("| " + Page.whole(step.getInteger("sockets")) + " | "
                        + Page.tenths(step.getDouble("deliveryP99")) + " | " + Page.hundredths(step.getDouble("cores"))
                        + " |"));
        page.line(
                "\n| what is looked at | last step before p99 doubles | p99 ms there, and without load | value there |"
                        + " at the next step | threshold |");
        page.line("|---|---|---|---|---|---|");
        knee("ingest", "in flight", each -> each.getDouble("inFlight"));
        knee("ingest", "cores", each -> each.getDouble("cores"));
        knee("persistence", "waiting for a commit", each -> each.getDouble("waiting"));
        knee("queue", "age of the oldest, s", each -> each.getDouble("age"));
        knee("queue", "events/s", each -> each.getDouble("perSecond"));
        knee("broadcast", "connections", each -> each.getInteger("sockets"));
        knee("broadcast", "p99 ms to the socket", each -> each.getDouble("deliveryP99"));
    }

    private List<JsonObject> steps(String series) {
        Map<List<Integer>, JsonObject> best = new LinkedHashMap<>();
        page.lines().stream()
                .filter(each -> series.equals(each.getString("kind")))
                .forEach(each -> best.merge(
                        List.of(each.getInteger("rate"), each.getInteger("sockets")),
                        each,
                        (one, other) -> latency(one) <= latency(other) ? one : other));
        return List.copyOf(best.values());
    }

    /** To the answer, for those whose commit it waits for; to the socket for the others. */
    private static double latency(JsonObject step) {
        boolean answered = List.of("ingest", "persistence").contains(step.getString("kind"));
        return step.getDouble(answered ? "p99" : "deliveryP99");
    }

    private void row(JsonObject step) {
        page.line(String.format(
                Locale.ROOT,
                "| %,d | %,.0f | %.1f / %.1f | %.1f | %.0f | %.2f | %.1f | %.2f |",
                step.getInteger("rate"),
                step.getDouble("perSecond"),
                step.getDouble("p50"),
                step.getDouble("p99"),
                step.getDouble("inFlight"),
                step.getDouble("waiting"),
                step.getDouble("age"),
                step.getDouble("deliveryP99"),
                step.getDouble("cores")));
    }

    private void knee(String series, String what, ToDoubleFunction<JsonObject> value) {
        List<JsonObject> steps = steps(series);
        double quiet = Page.median(steps.stream().limit(QUIET).mapToDouble(ThresholdsReport::latency));
        int last = 0;
        for (int i = 0; i < steps.size(); i++) {
            last = latency(steps.get(i)) <= 2 * quiet ? i : last;
        }
        double there = value.applyAsDouble(steps.get(last));
        String beyond = "none was reached";
        String threshold = "at least " + Page.hundredths(there);
        if (last + 1 < steps.size()) {
            double next = value.applyAsDouble(steps.get(last + 1));
            beyond = Page.hundredths(next);
            threshold = Page.hundredths(Math.sqrt(there * next));
        }
        page.line("| " + series + ": " + what + " | " + steps.get(last).getInteger("rate") + "/s, "
                + steps.get(last).getInteger("sockets") + " connections | " + Page.tenths(latency(steps.get(last)))
                + ", " + Page.tenths(quiet) + " | " + Page.hundredths(there) + " | " + beyond + " | **" + threshold
                + "** |");
    }
}

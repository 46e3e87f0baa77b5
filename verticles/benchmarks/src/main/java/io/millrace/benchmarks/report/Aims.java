package io.millrace.benchmarks.report;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/** What was to be reached, and what was: each a ratio of two measurements of the same run. */
final class Aims {
    private final List<JsonObject> lines;
    private final List<String> rows = new ArrayList<>();

    Aims(List<JsonObject> lines) {
        this.lines = lines;
    }

    List<String> rows() {
        rows.add("\n| aim | wanted | measured | of |");
        rows.add("|---|---|---|---|");
        double ceiling = best(each -> "ceiling".equals(each.getString("kind")));
        double committed = best(each -> "load".equals(each.getString("kind")));
        most("committed, of PostgreSQL's ceiling", "at least 0.40", committed, ceiling, " events/s");
        for (String type : List.of(Phase.URGENT, Phase.ORDINARY)) {
            double at1000 = p99(type, 1000, 0);
            if (at1000 > 0) {
                rows.add("| " + Report.kind(type) + " singly at 1,000/s, p99 to socket | under 15 ms | "
                        + Page.tenths(at1000) + " ms | |");
            }
        }
        String ms = " ms";
        most(
                "urgent p99 past a full queue, of p99 past an empty one, medians",
                "at most 2",
                p99(Phase.URGENT, 200, Phase.FULL),
                p99(Phase.URGENT, 200, 0),
                ms);
        double node = best(each -> label(each, "single/max") || label(each, "job/max"));
        double millrace =
                best(each -> label(each, "millrace/") && each.getString("label").contains("/max"));
        most("throughput, of Node's best", "10, no less than 5", millrace, node, " events/s");
        most("urgent p50 at 200/s, of Node direct", "at most 0.6", p50("millrace/urgent/200"), p50("single/r200"), ms);
        double queued = p50("job/r200");
        most("ordinary p50 at 200/s by 50, of Node queued", "at most 0.25", p50("millrace/ordinary50/200"), queued, ms);
        most("ordinary p50 at 200/s singly, of Node queued", "", p50("millrace/ordinary/200"), queued, ms);
        return rows;
    }

    private void most(String what, String wanted, double reached, double of, String unit) {
        if (reached > 0 && of > 0) {
            rows.add(String.format(
                    Locale.ROOT,
                    "| %s | %s | **%.2f** | %s / %s%s |",
                    what,
                    wanted,
                    reached / of,
                    figure(reached),
                    figure(of),
                    unit));
        }
    }

    private static String figure(double number) {
        return number < 1000 ? Page.tenths(number) : Page.whole(number);
    }

    private double best(Predicate<JsonObject> which) {
        return lines.stream()
                .filter(which)
                .mapToDouble(each -> each.containsKey("label") ? Report.rate(each) : each.getDouble("perSecond"))
                .max()
                .orElse(0);
    }

    private double p50(String label) {
        return lines.stream()
                .filter(each -> label(each, label))
                .mapToDouble(each -> each.getDouble("p50_ms"))
                .min()
                .orElse(0);
    }

    /** To the socket, of events that are sent singly; the median of its rounds, 0 if there were none. */
    private double p99(String type, int rate, int queued) {
        return Page.median(lines.stream()
                .filter(each -> "load".equals(each.getString("kind"))
                        && type.equals(each.getString("type"))
                        && each.getInteger("rate") == rate
                        && each.getInteger("queued") == queued
                        && each.getInteger("batch") == 1)
                .mapToDouble(each -> each.getDouble("socketP99")));
    }

    private static boolean label(JsonObject line, String start) {
        return line.getString("label", "").startsWith(start);
    }
}

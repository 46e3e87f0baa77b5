package io.millrace.benchmarks.report;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/** Turns the lines that {@code scripts/bench kpis} wrote into a page to read. Arguments: as those of {@link Page}. */
public final class KpisReport {
    private static final List<String> SERVERS = List.of("server", "postgres", "redis", "kafka");

    private final Page page;

    private KpisReport(Page page) {
        this.page = page;
    }

    public static void main(String[] args) throws IOException {
        Page.write(args, page -> new KpisReport(page).write());
    }

    private void write() {
        page.line("| events at 500/s | CPU µs of each, medians: " + String.join(" | ", SERVERS) + " |");
        page.line("|---|---|---|---|---|");
        for (String type : List.of("count:nothing", "count:order")) {
            StringBuilder row = new StringBuilder("| " + type);
            SERVERS.forEach(server -> row.append(" | ").append(Page.whole(cpu(type, server))));
            page.line(row + " |");
        }
        page.line("\n| subscribers | of | deliveries/s | bytes | CPU µs a delivery |\n|---|---|---|---|---|");
        lines("subscribers", each -> true)
                .forEach(each -> page.line("| " + Page.whole(each.getInteger("sockets")) + " | " + each.getString("of")
                        + " | " + Page.whole(each.getDouble("perSecond")) + " | " + each.getLong("bytes") + " | "
                        + Page.hundredths(each.getDouble("cpuMicros")) + " |"));
        page.line("\n| read | over events | after s | p50 / p99 ms |\n|---|---|---|---|");
        lines("reads", each -> true)
                .forEach(each -> page.line("| `" + each.getString("path") + "` | " + Page.whole(each.getLong("events"))
                        + " | " + Page.tenths(each.getDouble("waited")) + " | " + Page.tenths(each.getDouble("p50"))
                        + " / " + Page.tenths(each.getDouble("p99")) + " |"));
        page.line("\n| aim | wanted | measured | of |\n|---|---|---|---|");
        double counted = SERVERS.stream()
                .mapToDouble(server -> cpu("count:order", server))
                .sum();
        double plain = SERVERS.stream()
                .mapToDouble(server -> cpu("count:nothing", server))
                .sum();
        aim("CPU of an event that four KPIs count, of one that none does", "less than 1.10", counted, plain);
        aim(
                "CPU of a delivery of a KPI's value, of a tick's to as many",
                "at most 1.0",
                subscribers("kpi:amount"),
                subscribers("plain:k"));
        lines("reads", each -> true).stream()
                .mapToDouble(each -> each.getDouble("p99"))
                .max()
                .ifPresent(slowest -> page.line(
                        "| the slowest p99 of a reading | less than 50 ms | **" + Page.tenths(slowest) + "** ms | |"));
    }

    private double cpu(String type, String server) {
        return median("counting", type, each -> each.getJsonObject("cpuMicros").getDouble(server, 0.0));
    }

    private double subscribers(String stream) {
        return median("subscribers", stream, each -> each.getDouble("cpuMicros"));
    }

    private double median(String kind, String of, ToDoubleFunction<JsonObject> figure) {
        return Page.median(
                lines(kind, each -> of.equals(each.getString("of"))).stream().mapToDouble(figure));
    }

    private List<JsonObject> lines(String kind, Predicate<JsonObject> which) {
        return page.lines().stream()
                .filter(each -> kind.equals(each.getString("kind")) && which.test(each))
                .toList();
    }

    private void aim(String what, String wanted, double reached, double of) {
        page.line(String.format(
                Locale.ROOT, "| %s | %s | **%.2f** | %.2f / %.2f µs |", what, wanted, reached / of, reached, of));
    }
}

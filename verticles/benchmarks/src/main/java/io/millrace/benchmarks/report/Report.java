package io.millrace.benchmarks.report;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;

/** Turns the lines that a run wrote into a page to read. Arguments: {@code out=} (the lines) {@code page=} {@code title=}. */
public final class Report {
    private final List<JsonObject> lines;
    private final Page page;

    private Report(Page page) {
        this.lines = page.lines();
        this.page = page;
    }

    public static void main(String[] args) throws IOException {
        Page.write(args, page -> new Report(page).write());
    }

    private void write() {
        load();
        ledger();
        ceiling();
        peers();
        new Aims(lines).rows().forEach(page::line);
    }

    private void load() {
        page.line("| Millrace | rate | events/s | to socket p50 / p99 ms | to answer p50 / p99 ms"
                + " | CPU µs an event: millrace | postgres | redis | kafka | the load itself |");
        page.line("|---|---|---|---|---|---|---|---|---|---|");
        for (JsonObject each : of("load")) {
            JsonObject cpu = each.getJsonObject("cpu");
            page.line("| " + kind(each.getString("type")) + (each.getInteger("batch") == 1 ? " singly" : " by 50")
                    + (each.getInteger("queued") == 0 ? "" : " past " + each.getInteger("queued") + " ordinary") + " | "
                    + (each.getInteger("rate") == 0 ? "flat out" : each.getInteger("rate") + "/s") + " | "
                    + Page.whole(each.getDouble("perSecond")) + " | " + times(each, "socket") + " | "
                    + times(each, "answer")
                    + " | " + cost(cpu, "millrace") + " | " + cost(cpu, "postgres") + " | " + cost(cpu, "redis") + " | "
                    + cost(cpu, "kafka") + " | " + cost(cpu, "load") + " |");
        }
    }

    private void ledger() {
        for (JsonObject each : of("ledger")) {
            page.line("\nIn PostgreSQL afterwards: of " + each.getInteger("accepted") + " acknowledged events "
                    + each.getInteger("stored") + ", " + each.getInteger("missing") + " missing, "
                    + each.getInteger("unasked") + " that were not acknowledged, " + each.getInteger("twice")
                    + " twice; positions " + each.getLong("first") + " to " + each.getLong("head") + " in "
                    + each.getLong("rows") + " rows. Gaps at the sockets: " + each.getLong("gaps") + ".");
        }
    }

    private void ceiling() {
        List<JsonObject> all = of("ceiling");
        if (!all.isEmpty()) {
            page.line("\nThis PostgreSQL with the same statement and rows and no pipeline, events/s: "
                    + all.stream()
                            .map(each -> Page.whole(each.getDouble("perSecond")) + " (" + each.getInteger("connections")
                                    + " × " + each.getInteger("batch") + ")")
                            .collect(Collectors.joining(", "))
                    + ".");
        }
    }

    /** What the neutral generator said of both systems. */
    private void peers() {
        List<JsonObject> both = lines.stream()
                .filter(each -> !each.getString("label", "/warm/").contains("/warm/"))
                .toList();
        if (both.isEmpty()) {
            return;
        }
        page.line("\n| by wsgen, 50 subscribers | events/s | to socket p50 / p99 ms | to answer p50 / p99 ms"
                + " | others' CPU |\n|---|---|---|---|---|");
        for (JsonObject each : both) {
            String label = each.getString("label");
            page.line("| " + (label.startsWith("millrace/") ? label : "node/" + label) + " | " + Page.whole(rate(each))
                    + " | "
                    + pair(each, "p50_ms", "p99_ms") + " | " + pair(each, "http_p50_ms", "http_p99_ms") + " | "
                    + each.getInteger("other_cpu_pct") + " % |");
        }
    }

    /** Events a second at a subscriber. */
    static double rate(JsonObject wsgen) {
        return wsgen.getDouble("msgs_per_s") / wsgen.getInteger("n");
    }

    private List<JsonObject> of(String kind) {
        return lines.stream()
                .filter(each -> kind.equals(each.getString("kind")))
                .toList();
    }

    static String kind(String type) {
        return type.equals(Phase.URGENT) ? "urgent" : "ordinary";
    }

    private static String times(JsonObject each, String name) {
        return pair(each, name + "P50", name + "P99");
    }

    private static String pair(JsonObject each, String first, String second) {
        return Page.tenths(each.getDouble(first)) + " / " + Page.tenths(each.getDouble(second));
    }

    private static String cost(JsonObject cpu, String server) {
        return cpu.containsKey(server) ? Page.whole(cpu.getDouble(server)) : "";
    }
}

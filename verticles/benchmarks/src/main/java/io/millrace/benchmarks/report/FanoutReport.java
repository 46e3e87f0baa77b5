package io.millrace.benchmarks.report;

import io.millrace.benchmarks.client.BridgeSubscriber;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/**
 * Turns the lines that {@code scripts/bench fanout} wrote into a page to read: medians over its rounds, and the ratios that
 * are aimed at. Arguments: {@code out=} (the lines) {@code page=} {@code title=}.
 */
public final class FanoutReport {
    private static final String FLOOR = "floor-coalesce";
    private static final String MILLRACE = "millrace";

    private final List<JsonObject> lines;
    private final Page page;

    private FanoutReport(Page page) {
        this.lines = page.lines();
        this.page = page;
    }

    public static void main(String[] args) throws IOException {
        Page.write(args, page -> new FanoutReport(page).write());
    }

    private void write() {
        saturated();
        highest();
        filtered();
        bridge();
        aims();
    }

    private void saturated() {
        double floor = cpu(FLOOR);
        page.line("| 1,000 sockets, saturated | deliveries/s | CPU µs a delivery | user / system | of the floor's"
                + " | bytes | others' CPU | rounds |\n|---|---|---|---|---|---|---|---|");
        for (String peer : peers("/saturated/")) {
            Predicate<JsonObject> its = of(peer, "/saturated/");
            page.line("| " + peer + " | " + Page.whole(median(its, "msgs_per_s")) + " | " + Page.hundredths(cpu(peer))
                    + " | "
                    + Page.hundredths(median(its, "srv_user_us")) + " / " + Page.hundredths(median(its, "srv_sys_us"))
                    + " | "
                    + (floor > 0 ? Page.hundredths(cpu(peer) / floor) : "") + " | "
                    + Page.whole(median(its, "bytes_per_msg"))
                    + " | " + Page.whole(median(its, "other_cpu_pct")) + " % | "
                    + lines.stream().filter(its).count() + " |");
        }
    }

    private void highest() {
        List<String> peers = peers("/rate/");
        if (peers.isEmpty()) {
            return;
        }
        page.line("\n| highest rate with p99 under 100 ms | deliveries/s | p50 / p99 ms there |\n|---|---|---|");
        for (String peer : peers) {
            JsonObject best = lines.stream()
                    .filter(of(peer, "/rate/"))
                    .filter(FanoutReport::kept)
                    .max(Comparator.comparingDouble(each -> each.getDouble("msgs_per_s")))
                    .orElse(null);
            page.line("| " + peer + " | "
                    + (best == null
                            ? "below the first rate tried | |"
                            : Page.whole(best.getDouble("msgs_per_s")) + " | " + Page.tenths(best.getDouble("p50_ms"))
                                    + " / " + Page.tenths(best.getDouble("p99_ms")) + " |"));
        }
    }

    private void filtered() {
        if (lines.stream().noneMatch(each -> "filtered".equals(each.getString("kind")))) {
            return;
        }
        page.line(
                "\n| filtered subscriptions | on sockets | of streams | events/s | CPU µs an event | of the same 10 alone"
                        + " |\n|---|---|---|---|---|---|");
        for (int streams : new int[] {1, 100}) {
            for (int sockets : new int[] {10, 1000}) {
                Predicate<JsonObject> its = filtered(streams, sockets);
                double cpu = median(its, "cpuMicros");
                double alone = median(filtered(streams, 10), "cpuMicros");
                page.line("| " + Page.whole(streams * sockets) + " | " + Page.whole(sockets) + " | " + streams + " | "
                        + Page.whole(median(its, "perSecond")) + " | " + Page.tenths(cpu) + " | "
                        + (alone > 0 ? Page.hundredths(cpu / alone) : "") + " |");
            }
        }
    }

    private void bridge() {
        if (lines.stream().noneMatch(each -> "bridge".equals(each.getString("kind")))) {
            return;
        }
        page.line(
                "\n| 1,000 sockets by | deliveries/s | CPU µs a delivery | of the WebSocket's | bytes |\n|---|---|---|---|---|");
        for (BridgeSubscriber.Form form : BridgeSubscriber.Form.values()) {
            double cpu = median(of(form), "cpuMicros");
            page.line("| " + form.name().toLowerCase(Locale.ROOT) + " | "
                    + Page.whole(median(of(form), "perSecond")) + " | "
                    + Page.hundredths(cpu) + " | "
                    + Page.hundredths(cpu / median(of(BridgeSubscriber.Form.WEBSOCKET), "cpuMicros")) + " | "
                    + Page.whole(median(of(form), "bytes")) + " |");
        }
    }

    private static Predicate<JsonObject> of(BridgeSubscriber.Form form) {
        return each -> "bridge".equals(each.getString("kind"))
                && form.name().toLowerCase(Locale.ROOT).equals(each.getString("form"));
    }

    private void aims() {
        page.line("\n| aim | wanted | measured | of |\n|---|---|---|---|");
        aim("CPU a delivery, of the floor's", "at most 1.05", cpu(MILLRACE), cpu(FLOOR), " µs");
        aim("highest rate with p99 under 100 ms, of Bun's", "at least 1.4", rate(MILLRACE), rate("bun"), "/s");
        aim(
                "100,000 filtered subscriptions, of the 10 that match alone",
                "at most 3",
                median(filtered(100, 1000), "cpuMicros"),
                median(filtered(100, 10), "cpuMicros"),
                " µs");
        for (BridgeSubscriber.Form form : List.of(BridgeSubscriber.Form.BRIDGE, BridgeSubscriber.Form.SOCKJS)) {
            aim(
                    "CPU a delivery by " + form.name().toLowerCase(Locale.ROOT) + ", of the WebSocket's",
                    "at most 1.5",
                    median(of(form), "cpuMicros"),
                    median(of(BridgeSubscriber.Form.WEBSOCKET), "cpuMicros"),
                    " µs");
        }
    }

    private void aim(String what, String wanted, double reached, double of, String unit) {
        if (reached > 0 && of > 0) {
            page.line(String.format(
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

    /** Whether an open loop kept to its rate, and its times within bounds. */
    private static boolean kept(JsonObject line) {
        double offered = line.getDouble("rate") * line.getInteger("n");
        return line.getDouble("p99_ms") < 100 && line.getDouble("msgs_per_s") > 0.97 * offered;
    }

    private double cpu(String peer) {
        return median(of(peer, "/saturated/"), "srv_us_per_msg");
    }

    private double rate(String peer) {
        return lines.stream()
                .filter(of(peer, "/rate/"))
                .filter(FanoutReport::kept)
                .mapToDouble(each -> each.getDouble("msgs_per_s"))
                .max()
                .orElse(0);
    }

    private List<String> peers(String measurement) {
        Set<String> peers = new LinkedHashSet<>();
        lines.stream()
                .map(each -> each.getString("label", ""))
                .filter(label -> label.contains(measurement))
                .forEach(label -> peers.add(label.substring(0, label.indexOf('/'))));
        List<String> sorted = new ArrayList<>(peers);
        sorted.sort(Comparator.comparingDouble(this::cpu));
        return sorted;
    }

    private static Predicate<JsonObject> of(String peer, String measurement) {
        return each -> each.getString("label", "").startsWith(peer + measurement);
    }

    private static Predicate<JsonObject> filtered(int streams, int sockets) {
        return each -> "filtered".equals(each.getString("kind"))
                && Objects.equals(each.getInteger("streams"), streams)
                && Objects.equals(each.getInteger("sockets"), sockets);
    }

    private double median(Predicate<JsonObject> which, String figure) {
        ToDoubleFunction<JsonObject> value = each -> each.getDouble(figure);
        return Page.median(lines.stream().filter(which).mapToDouble(value));
    }

    private static String figure(double number) {
        return number < 1000 ? Page.hundredths(number) : Page.whole(number);
    }
}

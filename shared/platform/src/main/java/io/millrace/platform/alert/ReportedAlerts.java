package io.millrace.platform.alert;

import io.millrace.contracts.alert.ActiveAlert;
import io.millrace.contracts.alert.AlertReport;
import io.millrace.contracts.bus.Addresses;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.node.NodeReports;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/** The alerts of all nodes: one that several nodes report is one. Safe from any thread. */
public final class ReportedAlerts {
    /** Of all nodes together. */
    private static final int MOST = 1_000;

    private final NodeReports<AlertReport> nodes;

    /**
     * @param alert as the node reports it that has had it the longest
     * @param nodes that report it
     */
    public record Reported(ActiveAlert alert, List<String> nodes) {}

    public ReportedAlerts(LongSupplier nanos) {
        this.nodes = new NodeReports<>(AlertReport.INTERVAL_MS, nanos);
    }

    /** Listens from now on. */
    public Future<Bus.Registration> listen(Bus bus) {
        return bus.listen(Addresses.ALERTS, this::hear);
    }

    void hear(AlertReport report) {
        nodes.hear(report.node(), report.leaving(), report);
    }

    /** Whether any node has reported lately. */
    public boolean hearsSomebody() {
        return !nodes.all().isEmpty();
    }

    /** Those that are on, the oldest first. */
    public List<Reported> active() {
        Map<ActiveAlert.Key, Reported> merged = new HashMap<>();
        nodes.all().forEach(report -> report.alerts().forEach(alert -> {
            if (merged.size() < MOST || merged.containsKey(alert.key())) {
                merged.merge(alert.key(), new Reported(alert, List.of(report.node())), ReportedAlerts::both);
            }
        }));
        return merged.values().stream()
                .sorted(Comparator.comparingLong((Reported each) -> each.alert().sinceMicros())
                        .thenComparing(each ->
                                each.alert().alert() + " " + each.alert().about()))
                .toList();
    }

    private static Reported both(Reported one, Reported other) {
        List<String> nodes = new ArrayList<>(one.nodes());
        nodes.addAll(other.nodes());
        boolean first = one.alert().sinceMicros() <= other.alert().sinceMicros();
        return new Reported(first ? one.alert() : other.alert(), nodes);
    }
}

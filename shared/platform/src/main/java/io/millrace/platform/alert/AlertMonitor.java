package io.millrace.platform.alert;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.contracts.alert.ActiveAlert;
import io.millrace.contracts.alert.AlertReport;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.text.Micros;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.node.Health;
import io.millrace.platform.node.Stage;
import io.millrace.platform.tls.TlsFiles;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks every two seconds what is wrong with this node, and tells the others. */
public final class AlertMonitor extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(AlertMonitor.class);
    private static final int REFRESH_MS = 30_000;

    private final Bus bus;
    private final MeterRegistry metrics;
    private final String node;
    private final NodeFigures figures;
    private final ClockSkew clocks = new ClockSkew();
    private final AlertRules rules;
    private final AlertTracker tracker;
    private volatile List<ActiveAlert> active = List.of();

    /**
     * @param node its name, as in its status
     * @param stages those that run; added to while the node starts, on another thread
     * @param certificates that the node shows to others
     */
    public AlertMonitor(
            Bus bus,
            MeterRegistry metrics,
            Health health,
            AlertSettings settings,
            String node,
            List<Stage> stages,
            List<TlsFiles> certificates) {
        this.bus = bus;
        this.metrics = metrics;
        this.node = node;
        this.figures = new NodeFigures(Path.of("").toAbsolutePath(), health, certificates);
        this.rules = new AlertRules(settings, metrics, figures, clocks, stages, node);
        this.tracker = new AlertTracker(settings.resolveAfter());
    }

    @Override
    public Future<?> start() {
        figures.register(metrics);
        clocks.register(metrics);
        for (AlertType type : AlertType.values()) {
            Gauge.builder("millrace.node.alerts", () -> count(type.word()))
                    .tag("alert", type.word())
                    .register(metrics);
        }
        refresh();
        vertx.setPeriodic(REFRESH_MS, timer -> refresh());
        vertx.setPeriodic(AlertReport.INTERVAL_MS, timer -> look());
        return bus.listen(Addresses.ALERTS, report -> {
            if (!report.node().equals(node)) {
                clocks.hear(report, Micros.now(), System.nanoTime());
            }
        });
    }

    @Override
    public Future<?> stop() {
        bus.publish(Addresses.ALERTS, new AlertReport(node, Micros.now(), true, List.of()));
        return Future.succeededFuture();
    }

    private void refresh() {
        vertx.executeBlocking(() -> {
                    figures.refresh();
                    return null;
                })
                .onFailure(error -> LOG.warn("the node's disk and certificates were not read", error));
    }

    private void look() {
        List<ActiveAlert> now = tracker.look(rules.look(System.nanoTime()), System.nanoTime(), Micros.now());
        tell(active, now, "alert {}: {}");
        tell(now, active, "alert {} has ended: {}");
        active = now;
        bus.publish(Addresses.ALERTS, new AlertReport(node, Micros.now(), false, now));
    }

    /** Logs what is new. */
    private static void tell(List<ActiveAlert> before, List<ActiveAlert> now, String words) {
        Set<ActiveAlert.Key> known =
                before.stream().map(ActiveAlert::key).collect(Collectors.toCollection(HashSet::new));
        for (ActiveAlert alert : now) {
            if (known.add(alert.key())) {
                LOG.warn(words, (alert.alert() + " " + alert.about()).trim(), alert.message());
            }
        }
    }

    private double count(String word) {
        return active.stream().filter(alert -> alert.alert().equals(word)).count();
    }
}

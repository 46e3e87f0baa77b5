package io.millrace.platform.alert;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.contracts.cluster.TaskStatus;
import io.millrace.platform.node.Stage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** Which conditions hold, by the metrics of this node: the same that a Prometheus would read. Belongs to one event loop. */
final class AlertRules {
    /** Half-open: one call finds out whether it is back, and until then it isn't. */
    private static final double NOT_CLOSED = 1;

    private static final int DAY = 86_400;

    private final AlertSettings settings;
    private final MeterRegistry metrics;
    private final NodeFigures figures;
    private final ClockSkew clocks;
    private final List<Stage> stages;
    private final String node;
    private final RecentIncrease deadLetters = new RecentIncrease();
    private final RecentIncrease slow = new RecentIncrease();

    /**
     * @param stages those that run; added to while the node starts, on another thread
     * @param node its name
     */
    AlertRules(
            AlertSettings settings,
            MeterRegistry metrics,
            NodeFigures figures,
            ClockSkew clocks,
            List<Stage> stages,
            String node) {
        this.settings = settings;
        this.metrics = metrics;
        this.figures = figures;
        this.clocks = clocks;
        this.stages = stages;
        this.node = node;
    }

    List<Condition> look(long nowNanos) {
        List<Condition> found = new ArrayList<>();
        ofTheQueue(nowNanos, found);
        breakers(found);
        ofSources(found);
        ofTheNode(found);
        stages.forEach(stage -> {
            failing(AlertType.SOURCE_FAILING, stage.sources(), found);
            failing(AlertType.SINK_FAILING, stage.sinks(), found);
        });
        double behind = slow.add(nowNanos, sum("millrace.broadcast.slow.consumers"));
        if (behind >= settings.slowConsumers()) {
            found.add(
                    now(
                            AlertType.SLOW_CONSUMERS,
                            "",
                            count(behind)
                                    + " times within five minutes a subscription fell behind, since its client did not read fast enough"));
        }
        return found;
    }

    private void ofTheQueue(long nowNanos, List<Condition> found) {
        double age = max("millrace.queue.oldest.age");
        if (age > settings.queueAge().toSeconds()) {
            found.add(now(
                    AlertType.QUEUE_AGE,
                    "",
                    "The oldest event in the queue has waited " + count(age) + " s for its commit"));
        }
        double dead = deadLetters.add(nowNanos, sum("millrace.queue.dead.letters"));
        if (dead >= settings.deadLetters()) {
            found.add(now(
                    AlertType.DEAD_LETTER_RATE, "", count(dead) + " messages became dead letters within five minutes"));
        }
    }

    private void breakers(List<Condition> found) {
        for (Meter meter : metrics.getMeters()) {
            if (meter instanceof Gauge gauge
                    && meter.getId().getName().endsWith(".breaker.state")
                    && gauge.value() >= NOT_CLOSED) {
                String backend = Objects.requireNonNullElse(meter.getId().getTag("backend"), "");
                found.add(new Condition(
                        AlertType.BREAKER_OPEN,
                        backend,
                        settings.breakerOpen(),
                        backend + " does not answer, so it is only asked now and then"));
            }
        }
    }

    private void ofSources(List<Condition> found) {
        for (Gauge lag : metrics.find("millrace.source.lag.bytes").gauges()) {
            if (lag.value() > settings.slotLag()) {
                String source = Objects.requireNonNullElse(lag.getId().getTag("source"), "");
                found.add(now(
                        AlertType.SLOT_LAG,
                        source,
                        "The database of the source " + source + " keeps " + count(lag.value() / (1 << 20))
                                + " MiB of its log for it"));
            }
        }
    }

    private void ofTheNode(List<Condition> found) {
        if (figures.diskFree() * 100 < settings.diskFree()) {
            found.add(now(
                    AlertType.DISK_FULL,
                    node,
                    count(figures.diskFree() * 100) + " % of the disk of " + node + " is free"));
        }
        ClockSkew.Furthest clock = clocks.furthest();
        if (clock != null
                && Math.abs(clock.seconds()) * 1_000 > settings.clockSkew().toMillis()) {
            found.add(now(
                    AlertType.CLOCK_SKEW,
                    "",
                    String.format(
                            Locale.ROOT,
                            "The clock of %s is %.1f s %s of that of %s",
                            clock.node(),
                            Math.abs(clock.seconds()),
                            clock.seconds() > 0 ? "ahead" : "behind",
                            node)));
        }
        figures.certificates().forEach((certificate, left) -> {
            if (left < settings.certificateExpiry().toSeconds()) {
                found.add(now(
                        AlertType.CERTIFICATE_EXPIRY,
                        node + " " + certificate,
                        "The certificate of " + certificate
                                + (left < 0 ? " has expired" : " expires in " + span(left))));
            }
        });
        String reasons = figures.notReady();
        if (reasons != null) {
            found.add(new Condition(
                    AlertType.NODE_NOT_READY, node, settings.notReady(), "The node is not ready: " + reasons));
        }
    }

    private void failing(AlertType type, List<TaskStatus> tasks, List<Condition> found) {
        for (TaskStatus task : tasks) {
            if (task.state() == TaskStatus.State.FAILING || task.state() == TaskStatus.State.STOPPED) {
                found.add(new Condition(
                        type,
                        task.name(),
                        settings.taskFailing(),
                        "It is " + Objects.requireNonNullElse(task.problem(), "failing")));
            }
        }
    }

    private static Condition now(AlertType type, String about, String message) {
        return new Condition(type, about, Duration.ZERO, message);
    }

    private double sum(String counter) {
        return metrics.find(counter).counters().stream()
                .mapToDouble(Counter::count)
                .sum();
    }

    private double max(String gauge) {
        return metrics.find(gauge).gauges().stream()
                .mapToDouble(Gauge::value)
                .max()
                .orElse(0);
    }

    private static String count(double value) {
        return String.valueOf((long) value);
    }

    private static String span(double seconds) {
        return seconds < 2 * DAY ? count(seconds / 3_600) + " h" : count(seconds / DAY) + " days";
    }
}

package io.millrace.postgres.lease;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.contracts.cluster.TaskStatus;
import io.millrace.platform.delivery.SystemAlerts;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the tasks of one kind whose leases this node has. Ten times in the length of a lease it renews what it has and looks
 * for what is nobody's. A task that fails here again and again is left to another node. While PostgreSQL doesn't answer the
 * tasks stop as their leases end, and start again by themselves. Made and used on one event loop; only {@link #reports} is safe from any thread.
 */
public final class LeaseRunner {
    private static final Logger LOG = LoggerFactory.getLogger(LeaseRunner.class);

    private final Vertx vertx;
    private final Leases leases;
    private final LeaseSettings settings;
    private final TreeMap<String, TaskSlot> slots = new TreeMap<>();
    private Future<Void> round = Future.succeededFuture();
    private long timer = -1;
    private boolean stopping;
    private volatile @Nullable String problem;

    /**
     * @param tasks each with a name of its own
     * @param alerts tell of one that stops, or fails again and again: once, until it has run again
     */
    public LeaseRunner(
            Vertx vertx,
            Leases leases,
            LeaseSettings settings,
            Collection<? extends LeasedTask> tasks,
            SystemAlerts alerts,
            MeterRegistry metrics) {
        this.vertx = vertx;
        this.leases = leases;
        this.settings = settings;
        tasks.forEach(task -> slots.put(task.name(), new TaskSlot(vertx, leases, task, settings, alerts, metrics)));
    }

    /** Starts to look for leases. The tasks start when their leases and their outside systems allow it. */
    public void start() {
        round = leases.renew(offered(), held())
                .compose(renewed -> {
                    slots.values().forEach(TaskSlot::watch);
                    return stopping
                            ? Future.succeededFuture()
                            : leases.placement().compose(this::place);
                })
                .onComplete(done -> {
                    note(done.failed() ? String.valueOf(done.cause().getMessage()) : null);
                    if (!stopping) {
                        timer = vertx.setTimer(settings.intervalMs(), fired -> start());
                    }
                });
    }

    /**
     * Ends every task and gives its lease back, so that another node takes it over within a tenth of a lease's length.
     * Never fails.
     */
    public Future<Void> stop() {
        stopping = true;
        vertx.cancelTimer(timer);
        return round.transform(last -> {
            List<Future<Void>> released =
                    slots.values().stream().map(TaskSlot::release).toList();
            Future<Void> gone = leases.leave();
            return Future.join(released).transform(all -> gone).otherwiseEmpty();
        });
    }

    /**
     * How a task is on this node.
     *
     * @param lag how many messages wait in the outside system; -1 if that isn't known
     * @param problem what is wrong, for an operator; null if nothing is
     */
    public record Report(String task, String kind, TaskStatus.State state, long lag, @Nullable String problem) {}

    /** How the tasks are. Safe from any thread. */
    public List<Report> reports() {
        String reason = problem;
        return slots.values().stream()
                .map(slot -> new Report(
                        slot.name(),
                        slot.kind(),
                        slot.state(),
                        slot.lag(),
                        slot.state() == TaskStatus.State.WAITING && reason != null
                                ? "waits for its lease: " + reason
                                : slot.problem()))
                .toList();
    }

    /** The tasks that this node would run. */
    private Set<String> offered() {
        return slots.values().stream()
                .filter(TaskSlot::isOffered)
                .map(TaskSlot::name)
                .collect(Collectors.toSet());
    }

    private List<Lease> held() {
        return slots.values().stream()
                .map(TaskSlot::lease)
                .filter(Objects::nonNull)
                .filter(Lease::isHeld)
                .toList();
    }

    private Future<Void> place(Placement tables) {
        Set<String> own = held().stream().map(Lease::task).collect(Collectors.toCollection(HashSet::new));
        Placement placement = tables.withHeld(leases.node(), own);
        slots.values().stream()
                .filter(TaskSlot::failsHere)
                .filter(slot -> placement.isKnownElsewhere(slot.name(), leases.node()))
                .forEach(TaskSlot::giveUp);
        List<Future<Void>> acquired = placement.toAcquire(leases.node()).stream()
                .map(slots::get)
                .filter(Objects::nonNull)
                .filter(TaskSlot::isFree)
                .map(this::acquire)
                .toList();
        placement.toRelease(leases.node()).map(slots::get).ifPresent(slot -> {
            LOG.info("{} {} is given to a node that has fewer", leases.kind().word(), slot.name());
            slot.release();
        });
        return Future.join(acquired).mapEmpty();
    }

    private Future<Void> acquire(TaskSlot slot) {
        return leases.acquire(slot.name()).map(lease -> {
            if (lease != null) {
                slot.acquired(lease);
            }
            return null;
        });
    }

    private void note(@Nullable String now) {
        if (now != null && problem == null) {
            LOG.warn("the leases of the {}s can't be renewed: {}", leases.kind().word(), now);
        } else if (now == null && problem != null) {
            LOG.info("the leases of the {}s are renewed again", leases.kind().word());
        }
        problem = now;
    }
}

package io.millrace.sources.lease;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.contracts.cluster.SourceStatus;
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
 * Runs the sources whose leases this node has. Ten times in the length of a lease it renews what it has and looks for what
 * is nobody's. A source that fails here again and again is left to another node. While PostgreSQL doesn't answer the sources stop as their leases end, and start again by themselves. Made
 * and used on one event loop; only {@link #reports} is safe from any thread.
 */
public final class SourceRunner {
    private static final Logger LOG = LoggerFactory.getLogger(SourceRunner.class);

    private final Vertx vertx;
    private final Leases leases;
    private final LeaseSettings settings;
    private final TreeMap<String, SourceSlot> slots = new TreeMap<>();
    private Future<Void> round = Future.succeededFuture();
    private long timer = -1;
    private boolean stopping;
    private volatile @Nullable String problem;

    /** @param sources each with a name of its own */
    public SourceRunner(
            Vertx vertx,
            Leases leases,
            LeaseSettings settings,
            Collection<? extends PulledSource> sources,
            MeterRegistry metrics) {
        this.vertx = vertx;
        this.leases = leases;
        this.settings = settings;
        sources.forEach(source -> slots.put(source.name(), new SourceSlot(vertx, leases, source, settings, metrics)));
    }

    /** Starts to look for leases. The sources start when their leases and their outside systems allow it. */
    public void start() {
        round = leases.renew(offered(), held())
                .compose(renewed -> {
                    slots.values().forEach(SourceSlot::watch);
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
     * Ends every source and gives its lease back, so that another node takes it over within a tenth of a lease's length.
     * Never fails.
     */
    public Future<Void> stop() {
        stopping = true;
        vertx.cancelTimer(timer);
        return round.transform(last -> {
            List<Future<Void>> released =
                    slots.values().stream().map(SourceSlot::release).toList();
            Future<Void> gone = leases.leave();
            return Future.join(released).transform(all -> gone).otherwiseEmpty();
        });
    }

    /**
     * How a source is on this node.
     *
     * @param lag how many messages wait in the outside system; -1 if that isn't known
     * @param problem what is wrong, for an operator; null if nothing is
     */
    public record Report(String source, String kind, SourceStatus.State state, long lag, @Nullable String problem) {}

    /** How the sources are. Safe from any thread. */
    public List<Report> reports() {
        String reason = problem;
        return slots.values().stream()
                .map(slot -> new Report(
                        slot.name(),
                        slot.kind(),
                        slot.state(),
                        slot.lag(),
                        slot.state() == SourceStatus.State.WAITING && reason != null
                                ? "waits for its lease: " + reason
                                : slot.problem()))
                .toList();
    }

    /** The sources that this node would run. */
    private Set<String> offered() {
        return slots.values().stream()
                .filter(SourceSlot::isOffered)
                .map(SourceSlot::name)
                .collect(Collectors.toSet());
    }

    private List<Lease> held() {
        return slots.values().stream()
                .map(SourceSlot::lease)
                .filter(Objects::nonNull)
                .filter(Lease::isHeld)
                .toList();
    }

    private Future<Void> place(Placement tables) {
        Set<String> own = held().stream().map(Lease::source).collect(Collectors.toCollection(HashSet::new));
        Placement placement = tables.withHeld(leases.node(), own);
        slots.values().stream()
                .filter(SourceSlot::failsHere)
                .filter(slot -> placement.isKnownElsewhere(slot.name(), leases.node()))
                .forEach(SourceSlot::giveUp);
        List<Future<Void>> acquired = placement.toAcquire(leases.node()).stream()
                .map(slots::get)
                .filter(Objects::nonNull)
                .filter(SourceSlot::isFree)
                .map(this::acquire)
                .toList();
        placement.toRelease(leases.node()).map(slots::get).ifPresent(slot -> {
            LOG.info("a source is given to a node that has fewer");
            slot.release();
        });
        return Future.join(acquired).mapEmpty();
    }

    private Future<Void> acquire(SourceSlot slot) {
        return leases.acquire(slot.name()).map(lease -> {
            if (lease != null) {
                slot.acquired(lease);
            }
            return null;
        });
    }

    private void note(@Nullable String now) {
        if (now != null && problem == null) {
            LOG.warn("the leases of the sources can't be renewed: {}", now);
        } else if (now == null && problem != null) {
            LOG.info("the leases of the sources are renewed again");
        }
        problem = now;
    }
}

package io.millrace.queue;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcome.Status;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** What persistence answers to a commit, as a test wants it. Safe from any thread. */
public final class StubCommit {
    private final List<String> committed = new CopyOnWriteArrayList<>();
    private final Map<String, Integer> bad = new ConcurrentHashMap<>();
    private final Map<String, Integer> refused = new ConcurrentHashMap<>();
    private final Set<String> expired = ConcurrentHashMap.newKeySet();
    private final Map<String, Event> taken = new ConcurrentHashMap<>();
    private volatile Future<Void> gate = Future.succeededFuture();
    private volatile boolean down;
    private volatile boolean refusing;
    private volatile int asked;

    public StubCommit(Bus bus) throws Exception {
        bus.serve(Addresses.COMMIT, this::commit)
                .toCompletionStage()
                .toCompletableFuture()
                .get(5, TimeUnit.SECONDS);
    }

    /** The ids in the order in which they were committed, repeats included. */
    public List<String> committed() {
        return List.copyOf(committed);
    }

    /** The event of this id as it was committed. */
    public Event taken(String id) {
        return Objects.requireNonNull(taken.get(id), id);
    }

    /** Batches that were brought here. */
    int asked() {
        return asked;
    }

    /** An event of this id is refused, alone. */
    public void refuses(String id) {
        refusesTimes(id, Integer.MAX_VALUE);
    }

    /** An event of this id is refused so often, alone, and then taken. */
    public void refusesTimes(String id, int times) {
        bad.put(id, times);
    }

    /** How often an event of this id was refused. */
    public int refused(String id) {
        return refused.getOrDefault(id, 0);
    }

    /** An event of this id is past its time. */
    void expires(String id) {
        expired.add(id);
    }

    /** Whether the database can't be reached: the request fails as a whole. */
    void down(boolean now) {
        down = now;
    }

    /** Whether the database takes the first event of each batch and none of the rest. */
    void takesOnlyTheFirst(boolean now) {
        refusing = now;
    }

    /** From now on commits are made, and answered, when {@code gate} completes. */
    void waitsFor(Future<Void> gate) {
        this.gate = gate;
    }

    private Future<Outcomes> commit(EventBatch batch) {
        count();
        return gate.compose(open -> down
                ? Future.failedFuture(new MillraceException(Failure.UNAVAILABLE, "PostgreSQL is down"))
                : Future.succeededFuture(new Outcomes(outcomes(batch.events()))));
    }

    private synchronized void count() {
        asked = asked + 1;
    }

    private List<Outcome> outcomes(List<Event> events) {
        List<Outcome> outcomes = new ArrayList<>();
        for (Event event : events) {
            if (refusing && !outcomes.isEmpty()) {
                outcomes.add(Outcome.failed(event.id(), Failure.OVERLOADED, "not now"));
            } else if (expired.contains(event.id())) {
                outcomes.add(Outcome.of(Status.EXPIRED, event));
            } else if (refused(event.id()) < bad.getOrDefault(event.id(), 0)) {
                refused.merge(event.id(), 1, Integer::sum);
                outcomes.add(Outcome.failed(event.id(), Failure.VERSION_CONFLICT, "expected version 3"));
            } else if (committed.contains(event.id())) {
                outcomes.add(Outcome.of(Status.DUPLICATE, event));
            } else {
                taken.put(event.id(), event);
                committed.add(event.id());
                outcomes.add(Outcome.of(Status.COMMITTED, event));
            }
        }
        return outcomes;
    }
}

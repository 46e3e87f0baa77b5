package io.millrace.platform.stream;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.event.Priority;
import io.millrace.contracts.kpi.KpiValues;
import io.millrace.contracts.kpi.KpiValuesQuery;
import io.millrace.domain.model.Kpi;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the live values of KPIs, each as a stream of its own. A value supersedes those before it, so only the newest one
 * is kept and delivered. What the bus loses is noticed within a second, by asking for the present values. All state belongs
 * to the event loop on which it was made.
 */
public final class KpiFollower {
    /** The type of the events that carry values. No pack has it, so nobody publishes it. */
    public static final String TYPE = "kpi:update";

    private static final Logger LOG = LoggerFactory.getLogger(KpiFollower.class);
    private static final String EPOCH = "live";
    private static final String SOURCE = "millrace/kpis";
    private static final int COMPARE_EVERY_MS = 1_000;

    private final Vertx vertx;
    private final Bus bus;
    private final BiConsumer<String, List<CommittedEvent>> sink;
    private final Map<String, Followed> streams = new HashMap<>();
    private @Nullable Future<?> listening;
    private boolean comparing;
    private boolean failing;

    /** A followed KPI, with its newest value; null before the first one. */
    private static final class Followed {
        Future<Position> ready = Future.succeededFuture(new Position(EPOCH, 0));

        @Nullable
        CommittedEvent newest;

        Position head() {
            Position known = newest == null ? null : newest.position();
            return known == null ? new Position(EPOCH, 0) : known;
        }
    }

    /**
     * @param sink gets the stream and the one event of each new value
     */
    public KpiFollower(Vertx vertx, Bus bus, BiConsumer<String, List<CommittedEvent>> sink) {
        this.vertx = vertx;
        this.bus = bus;
        this.sink = sink;
    }

    /** Follows the stream of a KPI. Completes with the position of its newest value when that is known. */
    public Future<Position> follow(Kpi kpi) {
        Followed known = streams.get(kpi.stream());
        if (known != null) {
            return known.ready;
        }
        Followed followed = new Followed();
        streams.put(kpi.stream(), followed);
        followed.ready = listen().compose(
                        there -> bus.request(Addresses.KPI_VALUES, new KpiValuesQuery(List.of(kpi.name()))))
                .map(values -> {
                    receive(values);
                    return followed.head();
                })
                .onFailure(error -> streams.remove(kpi.stream(), followed));
        return followed.ready;
    }

    /** The newest value of a followed stream; null if there is none yet. */
    public @Nullable CommittedEvent newest(String stream) {
        Followed followed = streams.get(stream);
        return followed == null ? null : followed.newest;
    }

    public void unfollow(String stream) {
        streams.remove(stream);
    }

    /** Once for all KPIs: there are few, and their values are small. */
    private Future<?> listen() {
        Future<?> known = listening;
        if (known == null) {
            known = bus.listen(Addresses.KPI_CHANGES, this::receive)
                    .onSuccess(there -> vertx.setPeriodic(COMPARE_EVERY_MS, timer -> compare()));
            listening = known;
            known.onFailure(error -> listening = null);
        }
        return known;
    }

    private void receive(KpiValues values) {
        for (KpiValues.Value value : values.values()) {
            String stream = Kpi.STREAMS + value.kpi();
            Followed followed = streams.get(stream);
            if (followed != null && value.revision() > followed.head().offset()) {
                CommittedEvent event = event(stream, value);
                followed.newest = event;
                if (followed.ready.isComplete()) {
                    sink.accept(stream, List.of(event));
                }
            }
        }
    }

    /** As an entity of its own, a value is conflated, and sent as a patch to whoever asks for that. */
    private static CommittedEvent event(String stream, KpiValues.Value value) {
        Event event = Event.builder(value.kpi() + "-" + value.revision(), TYPE, SOURCE)
                .timeMicros(value.revision())
                .priority(Priority.NORMAL)
                .data(value.data())
                .stream(stream)
                .entity(new EntityRef("kpi", stream, value.kpi()))
                .acceptedAtMicros(System.currentTimeMillis() * 1_000)
                .build();
        return new CommittedEvent(event, new Position(EPOCH, value.revision()), value.revision(), value.data());
    }

    private void compare() {
        if (comparing || streams.isEmpty()) {
            return;
        }
        comparing = true;
        List<String> names = streams.keySet().stream()
                .map(stream -> stream.substring(Kpi.STREAMS.length()))
                .toList();
        bus.request(Addresses.KPI_VALUES, new KpiValuesQuery(names)).onComplete(done -> {
            comparing = false;
            if (done.succeeded()) {
                failing = false;
                receive(done.result());
            } else {
                if (!failing) {
                    LOG.warn(
                            "could not compare the values of KPIs: {}",
                            done.cause().getMessage());
                }
                failing = true;
            }
        });
    }
}

package io.millrace.router;

import io.millrace.contracts.Address;
import io.millrace.contracts.Addresses;
import io.millrace.contracts.Event;
import io.millrace.contracts.EventBatch;
import io.millrace.contracts.Outcome;
import io.millrace.contracts.Outcomes;
import io.millrace.contracts.Passage;
import io.millrace.platform.Batcher;
import io.millrace.platform.Breaker;
import io.millrace.platform.Bus;
import io.millrace.platform.Idle;
import io.millrace.platform.Node;
import io.millrace.platform.Stage;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Clock;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Puts each event on the path that its priority calls for. All state belongs to one event loop. */
public final class RouterVerticle extends VerticleBase {
    public static final Stage.Kind<RouterSettings> KIND =
            new Stage.Kind<>("router", RouterSettings::from, (node, settings) -> new Stage() {
                @Override
                public Deployable verticle() {
                    return new RouterVerticle(node, settings);
                }
            });

    /** Batches under way on one path; the stage behind gathers them again. */
    private static final int UNDER_WAY = 8;

    private final Node node;
    private final RouterSettings settings;
    private @Nullable KafkaPath kafka;
    private Bus.@Nullable Registration registration;
    private BooleanSupplier idle = () -> true;

    RouterVerticle(Node node, RouterSettings settings) {
        this.node = node;
        this.settings = settings;
    }

    @Override
    public Future<?> start() {
        KafkaPath path = new KafkaPath(vertx, settings);
        kafka = path;
        Batcher.Limits limits = new Batcher.Limits(settings.batch(), settings.waiting(), UNDER_WAY);
        Breaker breaker = new Breaker("router", "kafka", settings.breaker(), node.metrics());
        Batcher<Event, Outcome> toCommit =
                new Batcher<>("router-commit", limits.urgent(), node.metrics(), ask(Addresses.COMMIT, Passage.DIRECT));
        Batcher<Event, Outcome> toQueue = new Batcher<>(
                "router-kafka",
                limits,
                node.metrics(),
                events -> breaker.run(() -> path.send(events), KafkaPath::unavailable));
        Detour detour =
                new Detour(settings.detour(), settings.batch(), node.metrics(), ask(Addresses.COMMIT, Passage.DETOUR));
        Batcher<Event, Outcome> dropped =
                new Batcher<>("router-dropped", limits, node.metrics(), ask(Addresses.DROPPED, Passage.DIRECT));
        Handlers handlers = new Handlers(
                node,
                new Breaker.Limits(
                        settings.handlerFailures(), settings.breaker().pauseMax()),
                settings.handlerTimeout());
        idle = () -> handlers.idle() && toCommit.idle() && toQueue.idle() && detour.idle() && dropped.idle();
        EventRouter router = new EventRouter(
                node.bus(),
                node.domains(),
                Clock.systemUTC(),
                toCommit,
                toQueue,
                detour,
                dropped,
                new RouterMeters(node.metrics()));
        return node.bus()
                .serve(Addresses.ROUTE, batch -> handlers.before(batch, router::route))
                .onSuccess(served -> registration = served);
    }

    private Function<List<Event>, Future<List<Outcome>>> ask(Address<EventBatch, Outcomes> address, Passage passage) {
        return events ->
                node.bus().request(address, new EventBatch(events, passage)).map(Outcomes::outcomes);
    }

    @Override
    public Future<?> stop() {
        Future<Void> deaf = registration == null ? Future.succeededFuture() : registration.close();
        Future<Void> finished = deaf.eventually(() -> Idle.await(vertx, idle));
        return kafka == null ? finished : finished.eventually(kafka::close);
    }
}

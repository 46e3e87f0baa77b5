package io.millrace.router;

import io.millrace.contracts.bus.Address;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.CommitPath;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcomes;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.node.Stage;
import io.millrace.platform.resilience.Batcher;
import io.millrace.platform.resilience.Breaker;
import io.millrace.platform.resilience.StageDrain;
import io.millrace.platform.tracing.Hop;
import io.millrace.router.path.DirectFallback;
import io.millrace.router.path.EventRouter;
import io.millrace.router.path.HandlerInvoker;
import io.millrace.router.path.KafkaPublisher;
import io.millrace.router.path.RouterMetrics;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Clock;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Sends each event on the path of its priority. All state belongs to one event loop. */
public final class RouterVerticle extends VerticleBase {
    public static final Stage.Kind<RouterSettings> KIND = new Stage.Kind<>(
            "router", RouterSettings::from, (node, settings) -> Stage.of(new RouterVerticle(node, settings)));

    /** How many batches may be in progress on one path; the next stage batches their events again. */
    private static final int UNDER_WAY = 8;

    private final NodeContext node;
    private final RouterSettings settings;
    private @Nullable KafkaPublisher kafka;
    private Bus.@Nullable Registration registration;
    private BooleanSupplier idle = () -> true;

    RouterVerticle(NodeContext node, RouterSettings settings) {
        this.node = node;
        this.settings = settings;
    }

    @Override
    public Future<?> start() {
        KafkaPublisher path = new KafkaPublisher(vertx, settings, node.tracing());
        kafka = path;
        Batcher.Limits limits = new Batcher.Limits(settings.batch(), settings.waiting(), UNDER_WAY);
        Breaker breaker = new Breaker("router", "kafka", settings.breaker(), node.metrics());
        Batcher<Event, Outcome> toCommit =
                batcher("router-commit", limits.urgent(), ask(Addresses.COMMIT, CommitPath.DIRECT));
        Batcher<Event, Outcome> toQueue = batcher(
                "router-kafka", limits, events -> breaker.run(() -> path.send(events), KafkaPublisher::unavailable));
        DirectFallback fallback = new DirectFallback(
                settings.fallback(), settings.batch(), node.metrics(), ask(Addresses.COMMIT, CommitPath.FALLBACK));
        Batcher<Event, Outcome> dropped =
                batcher("router-dropped", limits, ask(Addresses.EXPIRED_EVENTS, CommitPath.DIRECT));
        HandlerInvoker handlers = new HandlerInvoker(
                node,
                new Breaker.Limits(
                        settings.handlerFailures(), settings.breaker().pauseMax()),
                settings.handlerTimeout());
        idle = () -> handlers.idle() && toCommit.idle() && toQueue.idle() && fallback.idle() && dropped.idle();
        EventRouter router = new EventRouter(
                node.bus(),
                node.domains(),
                Clock.systemUTC(),
                toCommit,
                toQueue,
                fallback,
                dropped,
                new RouterMetrics(node.metrics()));
        return node.bus()
                .serve(Addresses.ROUTE, batch -> route(batch, handlers, router))
                .onSuccess(served -> registration = served);
    }

    private Future<Outcomes> route(EventBatch batch, HandlerInvoker handlers, EventRouter router) {
        return node.tracing()
                .observe(Hop.ROUTE, batch.events(), () -> handlers.before(batch, router::route)
                        .map(Outcomes::outcomes))
                .map(Outcomes::new);
    }

    private Batcher<Event, Outcome> batcher(
            String name, Batcher.Limits limits, Function<List<Event>, Future<List<Outcome>>> send) {
        return new Batcher<>(name, limits, node.metrics(), event -> event.data().length, send);
    }

    private Function<List<Event>, Future<List<Outcome>>> ask(Address<EventBatch, Outcomes> address, CommitPath path) {
        return events ->
                node.bus().request(address, new EventBatch(events, path)).map(Outcomes::outcomes);
    }

    @Override
    public Future<?> stop() {
        Future<Void> deaf = registration == null ? Future.succeededFuture() : registration.close();
        Future<Void> finished = deaf.eventually(() -> StageDrain.await(vertx, idle));
        return kafka == null ? finished : finished.eventually(kafka::close);
    }
}

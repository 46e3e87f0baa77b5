package io.millrace.broadcast;

import io.millrace.broadcast.acknowledge.ReadTimesLog;
import io.millrace.broadcast.hub.Hub;
import io.millrace.broadcast.hub.StreamDispatcher;
import io.millrace.broadcast.limit.AdmissionControl;
import io.millrace.broadcast.limit.ConnectionLimits;
import io.millrace.broadcast.operator.ConnectionDirectory;
import io.millrace.broadcast.presence.LocalPresence;
import io.millrace.broadcast.presence.NodeRegistry;
import io.millrace.broadcast.presence.PresencePublisher;
import io.millrace.broadcast.presence.PresenceTracker;
import io.millrace.broadcast.sockjs.SockJsSession;
import io.millrace.broadcast.subscription.SubscriptionService;
import io.millrace.broadcast.tcp.TcpBridgeVerticle;
import io.millrace.broadcast.transport.ConnectionRegistry;
import io.millrace.broadcast.transport.DeliveryTracer;
import io.millrace.broadcast.transport.Tickets;
import io.millrace.broadcast.transport.TransportContext;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.node.Stage;
import io.vertx.core.Context;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The clients' connections: one {@link StreamDispatcher} for the node, one hub for each event loop of the HTTP server
 * and of the TCP bridge's.
 */
public final class BroadcastStage implements Stage {
    public static final Stage.Kind<BroadcastSettings> KIND =
            new Stage.Kind<>("broadcast", BroadcastSettings::from, BroadcastStage::new);

    private static final Duration LINGER = Duration.ofMinutes(1);

    private final NodeContext node;
    private final BroadcastSettings settings;
    private final Duration linger;
    private final ConcurrentMap<String, SockJsSession> sockJs = new ConcurrentHashMap<>();
    private volatile @Nullable StreamDispatcher dispatcher;
    private volatile TransportContext.@Nullable Shared shared;
    private volatile @Nullable ConnectionDirectory directory;
    private final List<ConnectionRegistry> registries = new CopyOnWriteArrayList<>();

    BroadcastStage(NodeContext node, BroadcastSettings settings) {
        this(node, settings, LINGER);
    }

    BroadcastStage(NodeContext node, BroadcastSettings settings, Duration linger) {
        this.node = node;
        this.settings = settings;
        this.linger = linger;
    }

    @Override
    public Deployable verticle() {
        return new BroadcastVerticle();
    }

    @Override
    public void routes(Router router) {
        Context loop = Objects.requireNonNull(Vertx.currentContext(), "routes are mounted on an event loop");
        new BroadcastRoutes(transports(loop), sockJs).mount(router);
    }

    @Override
    public @Nullable Supplier<Deployable> front() {
        return settings.tcp().enabled()
                ? () -> new TcpBridgeVerticle(settings.tcp(), this::transports, node.metrics())
                : null;
    }

    @Override
    public Future<Void> moveClients() {
        // Users are of this node until they have gone, else others would see them leave.
        return Future.join(registries.stream().map(ConnectionRegistry::drain).toList())
                .<Void>mapEmpty()
                .onComplete(gone -> leaveRegistry());
    }

    private void leaveRegistry() {
        TransportContext.Shared ofNode = shared;
        if (ofNode != null) {
            ofNode.peers().leave();
        }
    }

    /** What the transports of an event loop share, with one {@link Hub} behind them. */
    private TransportContext transports(Context loop) {
        StreamDispatcher started = Objects.requireNonNull(dispatcher, "clients are let in after the stages");
        TransportContext.Shared ofNode = Objects.requireNonNull(shared);
        ConnectionRegistry connections = new ConnectionRegistry(node, settings, new Hub(loop, node, started), ofNode);
        registries.add(connections);
        ofNode.tracer().add(connections);
        Objects.requireNonNull(directory).add(connections);
        return new TransportContext(
                node,
                settings,
                new AdmissionControl(node, settings, ofNode.stats()),
                connections,
                new SubscriptionService(
                        node.domains(), settings.subscriptions(), ofNode.stats(), ofNode.localPresence()),
                ofNode);
    }

    private final class BroadcastVerticle extends VerticleBase {
        @Override
        public Future<?> start() {
            dispatcher = new StreamDispatcher(
                    vertx,
                    node,
                    new StreamDispatcher.Limits(
                            settings.recentEvents(),
                            settings.recentBytes(),
                            settings.historyConcurrency(),
                            settings.stateEntities(),
                            linger.toMillis()));
            String name = UUID.randomUUID().toString();
            ConnectionLimits stats =
                    new ConnectionLimits(node.metrics(), node.domains().rights().roles(), settings, node.limits());
            LocalPresence localPresence = new LocalPresence();
            PresenceTracker presence = new PresenceTracker(vertx, settings.linger(), new PresencePublisher(node));
            NodeRegistry peers = new NodeRegistry(vertx, node.bus(), name, stats, localPresence, presence);
            Tickets tickets = new Tickets(node, name);
            DeliveryTracer tracer = new DeliveryTracer(node.bus(), peers);
            ReadTimesLog readTimes = new ReadTimesLog(node.domains(), node.metrics(), Clock.systemUTC());
            shared = new TransportContext.Shared(stats, tickets, localPresence, peers, tracer, readTimes);
            ConnectionDirectory opened = new ConnectionDirectory(node, peers, readTimes, settings.acknowledge());
            directory = opened;
            return Future.all(peers.start(), tickets.serve(), tracer.serve(), opened.serve());
        }
    }
}

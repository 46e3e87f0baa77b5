package io.millrace.sources.gateway.session;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.platform.resilience.Backoff;
import io.millrace.postgres.lease.Lease;
import io.millrace.postgres.lease.LeasedTask;
import io.millrace.sources.gateway.GatewaySource;
import io.millrace.sources.gateway.GatewaySourceSettings;
import io.millrace.sources.gateway.socket.GatewaySockets;
import io.millrace.sources.intake.RetryingIntake;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs one shard of a bot wherever its lease is. Its session and what waits to be taken outlive a run. Belongs to one event
 * loop.
 */
public final class GatewayPulledSource implements LeasedTask {
    private final Shard shard;
    private final GatewaySourceSettings settings;
    private final RetryingIntake taker;
    private final Backoff backoff;
    private @Nullable Lease lease;
    private @Nullable Session session;
    private volatile @Nullable DispatchQueue queue;

    /**
     * What a run of a shard needs.
     *
     * @param counted told how a session came to be: identified, resumed or lost
     */
    record Shard(
            Vertx vertx,
            GatewaySource source,
            int number,
            GatewaySockets sockets,
            GatewayApi api,
            IdentifyLimit limit,
            Consumer<String> counted,
            Clock clock) {
        IdentifyPermit permit() {
            return new IdentifyPermit(vertx, api, limit, source.source().name(), number, clock);
        }
    }

    /**
     * @param number of the shard, from 0
     * @param backoffMax the longest wait between two connections
     */
    public GatewayPulledSource(
            Vertx vertx,
            GatewaySource source,
            int number,
            GatewaySourceSettings settings,
            Duration backoffMax,
            IdentifyLimit limit,
            RetryingIntake taker,
            Clock clock,
            MeterRegistry metrics) {
        this.settings = settings;
        this.taker = taker;
        this.backoff = new Backoff(Duration.ofSeconds(1), backoffMax, ThreadLocalRandom.current());
        this.shard = new Shard(
                vertx,
                source,
                number,
                new GatewaySockets(vertx, source.address(), settings.messageMax()),
                new GatewayApi(vertx, source),
                limit,
                how -> count(metrics, how),
                clock);
        Gauge.builder("millrace.source.waiting.messages", this, GatewayPulledSource::waiting)
                .description(
                        "messages of pub/sub, or dispatches of a gateway, that wait in this node until they are taken")
                .tag("source", name())
                .register(metrics);
    }

    private void count(MeterRegistry metrics, String how) {
        Counter.builder("millrace.source.sessions")
                .description("sessions with a gateway: identified, resumed, or lost and identified anew, with which"
                        + " dispatches may be missing")
                .tag("source", name())
                .tag("outcome", how)
                .register(metrics)
                .increment();
    }

    private int waiting() {
        DispatchQueue now = queue;
        return now == null ? 0 : now.size();
    }

    /** That of the file; of several shards, with the shard's number behind it. */
    @Override
    public String name() {
        String name = shard.source().source().name();
        return shard.source().shards() == 1 ? name : name + "/" + shard.number();
    }

    @Override
    public String kind() {
        return "gateway";
    }

    @Override
    public Run start(Lease held) {
        if (lease != held) {
            lease = held;
            Session known = new Session(held, shard.source(), shard.number());
            session = known;
            queue = new DispatchQueue(taker, held, known, shard.source(), shard.number(), settings, shard.clock());
        }
        GatewayRun run =
                new GatewayRun(shard, held, Objects.requireNonNull(session), Objects.requireNonNull(queue), backoff);
        run.connect();
        return run;
    }
}

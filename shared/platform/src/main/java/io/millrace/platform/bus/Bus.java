package io.millrace.platform.bus;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.bus.Address;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.Json;
import io.millrace.contracts.wire.Codec;
import io.millrace.platform.tracing.TraceParent;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.eventbus.impl.MessageImpl;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.json.JsonObject;
import io.vertx.core.spi.cluster.ClusterManager;
import io.vertx.core.spi.cluster.RegistrationInfo;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The typed event bus, and the only place that touches the raw one. A record is passed by reference inside a node and
 * by its {@link Codec} between nodes, with a MAC that only nodes can make. The bus stores nothing: a request that timed
 * out may have been carried out, so requests must be safe to repeat.
 *
 * <p>Safe from any thread; handlers and replies run on the context that registered or sent.
 */
public final class Bus {
    private static final Logger LOG = LoggerFactory.getLogger(Bus.class);

    /** The time after which every node knows that a consumer left an address. */
    private static final int FAREWELL_MS = 500;

    private static final int KEY_BYTES = 32;

    private final Vertx vertx;
    private final EventBus eventBus;
    private final DeliveryOptions options;
    private final BusMetrics refusals;

    /**
     * @param timeout how long a request may take before it fails as {@link Failure#UNAVAILABLE}
     * @param key a key that only the nodes of this cluster have; records from other nodes without its MAC are dropped
     */
    public Bus(Vertx vertx, Duration timeout, byte[] key, MeterRegistry metrics) {
        this.vertx = vertx;
        this.eventBus = vertx.eventBus();
        this.options = new DeliveryOptions().setSendTimeout(timeout.toMillis());
        this.refusals = new BusMetrics(metrics);
        // Java serialization is refused in both directions.
        var unused = eventBus.serializableChecker(type -> false).clusterSerializableChecker(type -> false);
        for (Codec<?> codec : Codec.all()) {
            register(codec, key);
        }
    }

    /** The bus of a node without a cluster. */
    public Bus(Vertx vertx, Duration timeout) {
        this(vertx, timeout, new SecureRandom().generateSeed(KEY_BYTES), new SimpleMeterRegistry());
    }

    /**
     * Sends to one of the address's consumers, in turn, and completes with its reply. Fails with
     * {@link MillraceException}.
     */
    public <Q, R> Future<R> request(Address<Q, R> address, Q message) {
        return eventBus.request(address.name(), message, options)
                .recover(error -> Future.failedFuture(failure(address.name(), error)))
                .map(reply -> reply(address, reply.body()));
    }

    @SuppressWarnings("NullAway") // an address whose reply is Void answers null
    private <Q, R> R reply(Address<Q, R> address, @Nullable Object body) {
        if (body != null && !address.reply().isInstance(body)) {
            refusals.count(address.name(), body);
            throw new MillraceException(Failure.UNAVAILABLE, "the reply of " + address.name() + " can't be read");
        }
        return address.reply().cast(body);
    }

    /**
     * Sends a request in JSON to a program outside Millrace. Fails as {@link Failure#REJECTED} with the program's
     * message if it refuses, and as {@link Failure#UNAVAILABLE} if it refuses for now, by the failure code 503, or if no
     * answer comes in time.
     *
     * @param traceparent the trace to which the request belongs, for a header; null for none
     * @return the reply; null if it is empty
     */
    public Future<@Nullable ObjectNode> ask(
            String address, ObjectNode message, @Nullable String traceparent, Duration timeout) {
        DeliveryOptions patience = new DeliveryOptions().setSendTimeout(timeout.toMillis());
        if (traceparent != null) {
            var unused = patience.addHeader(TraceParent.NAME, traceparent);
        }
        return eventBus.request(address, new JsonObject(Json.text(message)), patience)
                .recover(error -> Future.failedFuture(
                        error instanceof ReplyException reply && reply.failureType() == ReplyFailure.RECIPIENT_FAILURE
                                ? refusal(reply)
                                : failure(address, error)))
                .<@Nullable ObjectNode>map(reply -> object(address, reply.body()));
    }

    private static MillraceException refusal(ReplyException reply) {
        boolean forNow = reply.failureCode() == Failure.UNAVAILABLE.status();
        return new MillraceException(
                forNow ? Failure.UNAVAILABLE : Failure.REJECTED, String.valueOf(reply.getMessage()));
    }

    private static @Nullable ObjectNode object(String address, @Nullable Object body) {
        if (body == null) {
            return null;
        }
        if (!(body instanceof JsonObject json)) {
            throw new MillraceException(Failure.INTERNAL, address + " answered something that is not a JSON object");
        }
        return Json.parse(json.toBuffer().getBytes());
    }

    /** Sends to every consumer, at most once: consumers that must miss nothing compare offsets. */
    public <Q> void publish(Address<Q, Void> address, Q message) {
        eventBus.publish(address.name(), message);
    }

    /** Answers requests. Completes when the whole cluster knows the consumer. A failed future is sent as a failure. */
    public <Q, R> Future<Registration> serve(Address<Q, R> address, Function<Q, Future<R>> handler) {
        return registerService(eventBus.consumer(address.name(), message -> {
            Q question = record(address, message);
            if (question != null) {
                answer(address, message, question, handler);
            }
        }));
    }

    /** Consumes published records. Completes when the whole cluster knows the consumer. */
    public <Q> Future<Registration> listen(Address<Q, Void> address, Consumer<Q> handler) {
        return registered(eventBus.consumer(address.name(), message -> {
            Q received = record(address, message);
            if (received != null) {
                handler.accept(received);
            }
        }));
    }

    /**
     * The record in a message; null if no node made it. Such a message is counted, and answered only if it comes from a
     * node of another release, to be asked again: the next time another node may read it. A message with another codec isn't decoded: Vert.x' own codecs allocate the length that
     * the sender claims before they check it.
     */
    private <Q, R> @Nullable Q record(Address<Q, R> address, Message<Object> message) {
        Object body = ((MessageImpl<?, ?>) message).codec() instanceof BusCodec ? message.body() : null;
        if (address.message().isInstance(body)) {
            return address.message().cast(body);
        }
        refusals.count(address.name(), body);
        if (body == BusCodec.Unreadable.UNKNOWN_VERSION) {
            message.fail(
                    Failure.UNAVAILABLE.status(),
                    Failure.UNAVAILABLE.code() + " a node of another release can't read what is sent to "
                            + address.name());
        }
        return null;
    }

    /** Vert.x decodes on demand, and may throw any exception at bytes that its codecs didn't write. */
    private static boolean readable(Message<Object> message) {
        try {
            Object unused = message.headers();
            unused = message.body();
            return true;
        } catch (RuntimeException garbage) {
            return false;
        }
    }

    /**
     * Serves a public address, whose messages are JSON from programs outside Millrace. The handler replies by itself.
     */
    public Future<Registration> servePublic(String address, Handler<Message<Object>> handler) {
        return registerService(eventBus.consumer(address, message -> {
            if (readable(message)) {
                handler.handle(message);
            } else {
                refusals.count(address, null);
            }
        }));
    }

    /** A registered consumer, until it is closed. */
    public interface Registration {
        /** Unregisters the consumer; completes when the whole cluster knows. Until then requests are answered. */
        Future<Void> close();
    }

    private static <Q, R> void answer(
            Address<Q, R> address, Message<Object> message, Q question, Function<Q, Future<R>> handler) {
        Future<R> reply;
        try {
            reply = handler.apply(question);
        } catch (RuntimeException thrown) {
            reply = Future.failedFuture(thrown);
        }
        reply.onComplete(done -> {
            if (done.succeeded()) {
                message.reply(done.result());
                return;
            }
            MillraceException known = MillraceException.of(done.cause());
            if (known.failure() == Failure.INTERNAL) {
                LOG.error("{} failed", address.name(), done.cause());
            }
            message.fail(known.failure().status(), known.failure().code() + " " + known.getMessage());
        });
    }

    private static <T> Future<Registration> registered(MessageConsumer<T> consumer) {
        Registration registration = consumer::unregister;
        return consumer.completion().map(registration);
    }

    private <T> Future<Registration> registerService(MessageConsumer<T> consumer) {
        Registration registration = () -> deregisterFromCluster(consumer.address())
                .compose(others -> others ? vertx.timer(FAREWELL_MS, TimeUnit.MILLISECONDS) : Future.succeededFuture())
                .eventually(consumer::unregister)
                .mapEmpty();
        return consumer.completion().map(registration);
    }

    /**
     * Unregisters the address in the cluster, but not yet on this node. Vert.x does both at once: requests of nodes
     * that don't know it yet are then dropped silently, and time out.
     *
     * @return whether other consumers of the address remain
     */
    private Future<Boolean> deregisterFromCluster(String address) {
        ClusterManager cluster = ((VertxInternal) vertx).clusterManager();
        if (cluster == null) {
            return Future.succeededFuture(false);
        }
        Promise<List<RegistrationInfo>> known = Promise.promise();
        cluster.getRegistrations(address, known);
        return known.future().compose(all -> {
            List<Future<Void>> mine = new ArrayList<>();
            for (RegistrationInfo one : all) {
                if (one.nodeId().equals(cluster.getNodeId())) {
                    Promise<Void> removed = Promise.promise();
                    cluster.removeRegistration(address, one, removed);
                    mine.add(removed.future());
                }
            }
            return Future.join(mine).map(all.size() > mine.size());
        });
    }

    /** Whether a request failed since no node serves its address: there may be none of this release yet. */
    public static boolean isUnserved(Throwable error) {
        return error.getCause() instanceof ReplyException reply && reply.failureType() == ReplyFailure.NO_HANDLERS;
    }

    private static MillraceException failure(String address, Throwable error) {
        if (!(error instanceof ReplyException reply)) {
            return MillraceException.of(error);
        }
        if (reply.failureType() == ReplyFailure.NO_HANDLERS) {
            return new MillraceException(Failure.UNAVAILABLE, "no consumer is registered at " + address, reply);
        }
        if (reply.failureType() != ReplyFailure.RECIPIENT_FAILURE) {
            return new MillraceException(Failure.UNAVAILABLE, "no answer in time at " + address);
        }
        String text = reply.getMessage() == null ? "" : reply.getMessage();
        int space = text.indexOf(' ');
        Failure known = space < 0 ? null : Failure.ofCode(text.substring(0, space));
        return known == null
                ? new MillraceException(Failure.INTERNAL, text)
                : new MillraceException(known, text.substring(space + 1));
    }

    private <T> void register(Codec<T> codec, byte[] key) {
        eventBus.registerDefaultCodec(codec.type(), new BusCodec<>(codec, key));
    }
}

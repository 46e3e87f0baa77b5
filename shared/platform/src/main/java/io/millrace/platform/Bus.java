package io.millrace.platform;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Address;
import io.millrace.contracts.Failure;
import io.millrace.contracts.Json;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.wire.Codec;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageCodec;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.json.JsonObject;
import io.vertx.core.spi.cluster.ClusterManager;
import io.vertx.core.spi.cluster.RegistrationInfo;
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
 * The typed event bus, and the only place that touches the raw one. A record goes by reference inside a node and by its
 * {@link Codec} between nodes. The bus is transport, never memory: a request that timed out may well have been carried
 * out, so whoever sends again sends something that can be repeated.
 *
 * <p>Safe from any thread; handlers and replies run on the context that registered or asked.
 */
public final class Bus {
    private static final Logger LOG = LoggerFactory.getLogger(Bus.class);

    /** Until then every node has heard that somebody left an address. */
    private static final int FAREWELL_MS = 500;

    private final Vertx vertx;
    private final EventBus eventBus;
    private final DeliveryOptions options;

    /**
     * @param timeout how long a request may take before it fails as {@link Failure#UNAVAILABLE}
     */
    public Bus(Vertx vertx, Duration timeout) {
        this.vertx = vertx;
        this.eventBus = vertx.eventBus();
        this.options = new DeliveryOptions().setSendTimeout(timeout.toMillis());
        for (Codec<?> codec : Codec.all()) {
            register(codec);
        }
    }

    /** Sends to one of the address's consumers (they take turns) and gives its reply. Fails with {@link MillraceException}. */
    public <Q, R> Future<R> request(Address<Q, R> address, Q message) {
        return eventBus.<R>request(address.name(), message, options)
                .map(Message::body)
                .recover(error -> Future.failedFuture(failure(address.name(), error)));
    }

    /**
     * Asks a program that knows nothing of Millrace, in JSON. Fails as {@link Failure#REJECTED} if it refuses, in its words,
     * and as {@link Failure#UNAVAILABLE} if nobody answers in time.
     *
     * @return its reply; null if it says nothing
     */
    public Future<@Nullable ObjectNode> ask(String address, ObjectNode message, Duration timeout) {
        DeliveryOptions patience = new DeliveryOptions().setSendTimeout(timeout.toMillis());
        return eventBus.request(address, new JsonObject(Json.text(message)), patience)
                .recover(error -> Future.failedFuture(
                        error instanceof ReplyException reply && reply.failureType() == ReplyFailure.RECIPIENT_FAILURE
                                ? new MillraceException(Failure.REJECTED, String.valueOf(reply.getMessage()))
                                : failure(address, error)))
                .<@Nullable ObjectNode>map(reply -> object(address, reply.body()));
    }

    private static @Nullable ObjectNode object(String address, @Nullable Object body) {
        if (body == null) {
            return null;
        }
        if (!(body instanceof JsonObject json)) {
            throw new MillraceException(Failure.INTERNAL, address + " answers something that is no JSON object");
        }
        return Json.parse(json.toBuffer().getBytes());
    }

    /** Sends to every consumer, best effort: whoever must not miss it compares offsets. */
    public <Q> void publish(Address<Q, Void> address, Q message) {
        eventBus.publish(address.name(), message);
    }

    /** Answers requests. Completes when the whole cluster knows. A failed future is told to the sender as its failure. */
    public <Q, R> Future<Registration> serve(Address<Q, R> address, Function<Q, Future<R>> handler) {
        return served(eventBus.<Q>consumer(address.name(), message -> answer(address, message, handler)));
    }

    /** Listens to what is published. Completes when the whole cluster knows. */
    public <Q> Future<Registration> listen(Address<Q, Void> address, Consumer<Q> handler) {
        return registered(eventBus.<Q>consumer(address.name(), message -> handler.accept(message.body())));
    }

    /**
     * Serves a public address, where the messages are JSON from programs that know nothing of Millrace. The handler
     * replies by itself.
     */
    public Future<Registration> servePublic(String address, Handler<Message<Object>> handler) {
        return served(eventBus.consumer(address, handler));
    }

    /** Something that listens, until it is closed. */
    public interface Registration {
        /** Completes when the whole cluster knows that nobody listens here any more. Until then requests are answered. */
        Future<Void> close();
    }

    private static <Q, R> void answer(Address<Q, R> address, Message<Q> message, Function<Q, Future<R>> handler) {
        Future<R> reply;
        try {
            reply = handler.apply(message.body());
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

    private <T> Future<Registration> served(MessageConsumer<T> consumer) {
        Registration registration = () -> forgotten(consumer.address())
                .compose(others -> others ? vertx.timer(FAREWELL_MS, TimeUnit.MILLISECONDS) : Future.succeededFuture())
                .eventually(consumer::unregister)
                .mapEmpty();
        return consumer.completion().map(registration);
    }

    /**
     * The cluster forgets that this node answers at an address; the node doesn't, yet. Vert.x does it the other way round:
     * what comes from a node that hasn't heard of it is dropped without a word, and its sender waits in vain.
     *
     * @return whether others answer there
     */
    private Future<Boolean> forgotten(String address) {
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

    private static MillraceException failure(String address, Throwable error) {
        if (!(error instanceof ReplyException reply)) {
            return MillraceException.of(error);
        }
        if (reply.failureType() != ReplyFailure.RECIPIENT_FAILURE) {
            String why = reply.failureType() == ReplyFailure.NO_HANDLERS ? "nobody listens" : "no answer in time";
            return new MillraceException(Failure.UNAVAILABLE, why + " at " + address);
        }
        String text = reply.getMessage() == null ? "" : reply.getMessage();
        int space = text.indexOf(' ');
        Failure known = space < 0 ? null : Failure.ofCode(text.substring(0, space));
        return known == null
                ? new MillraceException(Failure.INTERNAL, text)
                : new MillraceException(known, text.substring(space + 1));
    }

    private <T> void register(Codec<T> codec) {
        eventBus.registerDefaultCodec(codec.type(), new ByReference<>(codec));
    }

    /** By reference inside the node: records are immutable. */
    private record ByReference<T>(Codec<T> codec) implements MessageCodec<T, T> {
        @Override
        public void encodeToWire(Buffer buffer, T value) {
            byte[] bytes = codec.encode(value);
            buffer.appendInt(bytes.length).appendBytes(bytes);
        }

        @Override
        public T decodeFromWire(int position, Buffer buffer) {
            int length = buffer.getInt(position);
            return codec.decode(buffer.getBytes(position + 4, position + 4 + length));
        }

        @Override
        public T transform(T value) {
            return value;
        }

        @Override
        public String name() {
            return "millrace." + codec.type().getSimpleName();
        }

        @Override
        public byte systemCodecID() {
            return -1;
        }
    }
}

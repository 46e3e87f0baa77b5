package io.millrace.services.bus;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A service's side of the event bus. It gets the events of a sink of the kind {@code service}, each until it has answered it,
 * is asked about others before they are stored, and publishes events at {@code millrace.ingest}. An event may come again: what
 * is done about it must be the same when it is done twice, which for what is published means an id by {@link EventId}. Safe
 * from any thread; handlers run on the event loop that registered them.
 */
public final class ServiceBus {
    private static final Logger LOG = LoggerFactory.getLogger(ServiceBus.class);
    private static final String INGEST = "millrace.ingest";
    /** The failure codes that a sink, and ingest, know: as HTTP has them. */
    private static final int REJECTED = 422;

    private static final int LATER = 503;
    private static final Set<Integer> ANSWERED_FOR_GOOD = Set.of(400, 409, 413, 422);
    /** The step was done before, and came to other content then: the first stands. */
    private static final String OTHER_CONTENT = "id_conflict";

    private static final long SEND_MS = 5_000;
    private static final long FIRST_WAIT_MS = 50;
    private static final int ATTEMPTS = 6;
    /** A handler that takes longer is taken for lost. */
    private static final long LONGEST_MS = 120_000;

    private final Vertx vertx;
    private final Supplier<String> token;
    private final List<MessageConsumer<JsonObject>> consumers = new ArrayList<>();
    /** The events that are worked on. One that comes again, since its sink waits no longer, isn't begun a second time. */
    private final Map<String, Future<Void>> running = new ConcurrentHashMap<>();

    /** @param token the token by which events are published; asked for each, so that it may be renewed */
    public ServiceBus(Vertx vertx, Supplier<String> token) {
        this.vertx = vertx;
        this.token = token;
    }

    /**
     * Answers the events that are sent to an address. Completes when the whole cluster knows it.
     *
     * @param handler completes when all that the event calls for is done or stored. Fails with {@link RejectedException} if
     *     it never can be, which keeps the event as dead; by any other failure, but a defect, the event comes again. An
     *     event that comes again meanwhile shares its outcome
     */
    public Future<Void> serve(String address, Function<JsonObject, Future<Void>> handler) {
        MessageConsumer<JsonObject> consumer = vertx.eventBus().consumer(address, message -> answer(message, handler));
        consumers.add(consumer);
        return consumer.completion();
    }

    /**
     * Answers as the handler that a pack names for a type: it is asked about each event before that is stored. Completes when
     * the whole cluster knows the address.
     *
     * @param judge completes with what to change of the event's data, as a merge patch; null to take it as it is. Fails with
     *     {@link RejectedException} to refuse the event: its sender reads the reason. After any other failure the sender may
     *     send it again. For the same event it must come to the same
     */
    public Future<Void> judge(String address, Function<JsonObject, Future<@Nullable JsonObject>> judge) {
        MessageConsumer<JsonObject> consumer = vertx.eventBus().consumer(address, message -> Future.succeededFuture()
                .<@Nullable JsonObject>compose(begun -> judge.apply(message.body()))
                .onSuccess(patch -> message.reply(patch == null ? null : new JsonObject().put("data", patch)))
                .onFailure(error -> message.fail(
                        error instanceof RejectedException ? REJECTED : LATER, String.valueOf(error.getMessage()))));
        consumers.add(consumer);
        return consumer.completion();
    }

    private void answer(Message<JsonObject> message, Function<JsonObject, Future<Void>> handler) {
        JsonObject event = message.body();
        String key = message.address() + " " + event.getString("source") + " " + event.getString("id");
        Promise<Void> outcome = Promise.promise();
        Future<Void> before = running.putIfAbsent(key, outcome.future());
        if (before == null) {
            // Not Future.timeout: it would fail this one, which has no context, on a thread that is no event loop.
            long late = vertx.setTimer(LONGEST_MS, fired -> {
                outcome.tryFail(new TimeoutException("no outcome in " + LONGEST_MS + " ms"));
            });
            Future.succeededFuture().compose(begun -> handler.apply(event)).onComplete(done -> {
                if (done.succeeded()) {
                    outcome.tryComplete();
                } else {
                    outcome.tryFail(done.cause());
                }
            });
            outcome.future().onComplete(done -> {
                vertx.cancelTimer(late);
                running.remove(key);
            });
        }
        (before == null ? outcome.future() : before).onComplete(done -> {
            if (done.succeeded()) {
                message.reply(null);
                return;
            }
            Throwable error = done.cause();
            boolean forGood = error instanceof RejectedException || isDefect(error);
            if (isDefect(error)) {
                LOG.error("event {} of type {} failed", event.getString("id"), event.getString("type"), error);
            }
            message.fail(forGood ? REJECTED : LATER, error.getClass().getSimpleName() + ": " + error.getMessage());
        });
    }

    /** An error of the program or of the event: it would be the same next time. */
    private static boolean isDefect(Throwable error) {
        if (error instanceof PgException refused) {
            String state = String.valueOf(refused.getSqlState());
            return state.startsWith("22") || state.startsWith("23") || state.startsWith("42");
        }
        return error instanceof NullPointerException
                || error instanceof ClassCastException
                || error instanceof IllegalArgumentException
                || error instanceof IndexOutOfBoundsException
                || error instanceof ArithmeticException;
    }

    /**
     * Publishes an event, several times if there is no answer; as often as it may be, since it has an id of its own. Completes
     * with the outcome when it is committed, queued, or found to be a duplicate: then the first stands, whatever it says.
     * Never throws.
     *
     * @param event in the native form, with {@code id}, {@code type} and {@code data}
     */
    public Future<JsonObject> publish(JsonObject event) {
        return event.getString("id") == null
                ? Future.failedFuture(
                        new IllegalArgumentException("an event of a service needs an id, which a repeat has too"))
                : publish(event, 0);
    }

    private Future<JsonObject> publish(JsonObject event, int attempt) {
        return Future.succeededFuture()
                .compose(begun -> vertx.eventBus()
                        .<JsonObject>request(
                                INGEST,
                                event,
                                new DeliveryOptions()
                                        .setSendTimeout(SEND_MS)
                                        .addHeader("authorization", "Bearer " + token.get())))
                .map(Message::body)
                .recover(error -> {
                    if (error instanceof ReplyException reply
                            && reply.failureType() == ReplyFailure.RECIPIENT_FAILURE
                            && ANSWERED_FOR_GOOD.contains(reply.failureCode())) {
                        String why = String.valueOf(reply.getMessage());
                        return why.startsWith(OTHER_CONTENT)
                                ? Future.succeededFuture(new JsonObject()
                                        .put("id", event.getString("id"))
                                        .put("status", "duplicate"))
                                : Future.failedFuture(new RejectedException(
                                        "the event " + event.getString("type") + " was refused: " + why));
                    }
                    return attempt + 1 == ATTEMPTS
                            ? Future.failedFuture(error)
                            : vertx.timer(FIRST_WAIT_MS << attempt, TimeUnit.MILLISECONDS)
                                    .compose(again -> publish(event, attempt + 1));
                });
    }

    /** Lets go of every address. */
    public Future<Void> close() {
        return Future.join(consumers.stream().map(MessageConsumer::unregister).toList())
                .mapEmpty();
    }
}

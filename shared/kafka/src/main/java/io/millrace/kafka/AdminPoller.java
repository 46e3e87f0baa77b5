package io.millrace.kafka;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaFuture;

/**
 * Asks Kafka the same again and again, never twice at once, by an administration client of its own, which works on a thread of
 * its own. Owned by the event loop that made it.
 */
public final class AdminPoller {
    private static final Duration CLOSE_WITHIN = Duration.ofSeconds(1);

    private final Vertx vertx;
    private final Admin admin;
    private final long timer;
    private boolean asking;

    /**
     * The first question is asked after this was made.
     *
     * @param client where Kafka is and how to get in, as Kafka's own clients name it
     * @param everyMs the time between two questions
     * @param timeoutMs of each call, set for the whole client: the options of describeTopics are not kept while no broker
     *     answers
     * @param question asks by {@link #admin}, and takes the answer
     */
    public AdminPoller(
            Vertx vertx, Map<String, String> client, int everyMs, int timeoutMs, Supplier<Future<?>> question) {
        this.vertx = vertx;
        Map<String, Object> config = new HashMap<>(client);
        config.put("request.timeout.ms", timeoutMs);
        config.put("default.api.timeout.ms", timeoutMs);
        this.admin = Admin.create(config);
        this.timer = vertx.setPeriodic(0, everyMs, turn -> ask(question));
    }

    private void ask(Supplier<Future<?>> question) {
        if (!asking) {
            asking = true;
            question.get().onComplete(done -> asking = false);
        }
    }

    public Admin admin() {
        return admin;
    }

    /** Completes on the event loop. */
    public <T> Future<T> future(KafkaFuture<T> asked) {
        return Future.fromCompletionStage(asked.toCompletionStage(), vertx.getOrCreateContext());
    }

    public Future<Void> close() {
        vertx.cancelTimer(timer);
        return vertx.executeBlocking(
                () -> {
                    admin.close(CLOSE_WITHIN);
                    return null;
                },
                false);
    }
}

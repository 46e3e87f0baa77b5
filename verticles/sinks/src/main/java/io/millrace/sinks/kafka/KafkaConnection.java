package io.millrace.sinks.kafka;

import io.millrace.kafka.KafkaAddress;
import io.millrace.kafka.KafkaSettings;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/**
 * A producer of Kafka's own, from its start to its first failure. When a record has failed, none that was handed over behind
 * it may be written: whoever reads would take the repeated one for old. So the producer ends at once, on its own thread.
 * Belongs to one event loop.
 */
final class KafkaConnection {
    private static final int MAX_ANSWER_MS = 10_000;
    private static final int MOST_KNOWN = 10_000;

    private final Vertx vertx;
    private final Map<String, String> admins;
    private final Map<String, String> config;
    private final Promise<Void> broken = Promise.promise();
    /** The topics that have taken a record. */
    private final Set<String> proven = new HashSet<>();

    private volatile @Nullable Admin admin;
    private volatile @Nullable KafkaProducer<byte[], byte[]> producer;
    /** When the two are there. */
    private Future<?> made = Future.succeededFuture();

    /** @param nodes the node's own Kafka, if the sink's file names no other */
    KafkaConnection(Vertx vertx, KafkaAddress address, KafkaSettings nodes) {
        this.vertx = vertx;
        this.admins = address.adminConfig(nodes);
        this.config = new HashMap<>(KafkaAddress.ORDERED_PRODUCER);
        config.putAll(address.config(nodes));
        // A question about topics and brokers takes no longer than a record. It is said of all questions: before the
        // one
        // about topics the client (4.1.2) asks another, for which it forgets the limit.
        int answerMs = Math.min(MAX_ANSWER_MS, configured(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG));
        int requestMs = Math.min(answerMs, configured(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG));
        admins.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, "" + answerMs);
        admins.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, "" + requestMs);
    }

    private int configured(String option) {
        return Integer.parseInt(Objects.requireNonNull(config.get(option)).strip());
    }

    /**
     * What became of records.
     *
     * @param refused of each of the first ones that were handed over, why no topic will take it; null if it is written
     * @param stopped why the one behind these, and all after it, were not handed over; null if there is none
     */
    record Sent(List<@Nullable Exception> refused, @Nullable Exception stopped) {}

    private record Handed(List<CompletableFuture<@Nullable Exception>> answers, @Nullable Exception stopped) {}

    /** Completes when a broker has answered. */
    Future<Void> open() {
        // Looks up names, and reads files of keys.
        Future<?> making = vertx.executeBlocking(
                () -> {
                    admin = Admin.create(new HashMap<>(admins));
                    producer = new KafkaProducer<>(new HashMap<>(config));
                    return null;
                },
                false);
        made = making;
        return making.compose(there -> onLoop(
                        Objects.requireNonNull(admin).describeCluster().nodes().toCompletionStage()))
                .<Void>mapEmpty()
                .recover(error -> Future.failedFuture(told(error)));
    }

    private <T> Future<T> onLoop(CompletionStage<T> stage) {
        return Future.fromCompletionStage(stage, vertx.getOrCreateContext());
    }

    /** Whether a topic has taken a record. */
    boolean isProven(String topic) {
        return proven.contains(topic);
    }

    /** Completes if a topic is there; fails with a {@link TopicClosedException} if it isn't, or not for this user. */
    Future<Void> find(String topic) {
        if (isProven(topic)) {
            return Future.succeededFuture();
        }
        return onLoop(Objects.requireNonNull(admin)
                        .describeTopics(List.of(topic))
                        .allTopicNames()
                        .toCompletionStage())
                .<Void>mapEmpty()
                .recover(error -> {
                    Throwable why = cause(error);
                    return Future.failedFuture(isOfTopic(why) ? new TopicClosedException(topic, why) : told(why));
                });
    }

    /**
     * Hands records over in their order, and completes when Kafka has answered for each.
     *
     * @param records to topics that are proven; or one to any
     */
    Future<Sent> send(List<ProducerRecord<byte[], byte[]>> records) {
        String topic = records.get(0).topic();
        boolean first = !isProven(topic);
        // May wait for room, or for the brokers of a topic.
        return vertx.executeBlocking(() -> hand(records, first), false)
                .compose(handed -> onLoop(CompletableFuture.allOf(handed.answers.toArray(CompletableFuture[]::new)))
                        .map(answered -> sent(handed, first)))
                .onSuccess(sent -> {
                    if (sent.stopped() != null) {
                        proven.remove(records.get(sent.refused().size()).topic());
                    } else if (first) {
                        if (proven.size() >= MOST_KNOWN) {
                            proven.clear();
                        }
                        proven.add(topic);
                    }
                })
                .recover(error -> Future.failedFuture(told(error)));
    }

    private Handed hand(List<ProducerRecord<byte[], byte[]>> records, boolean first) {
        KafkaProducer<byte[], byte[]> to = Objects.requireNonNull(producer);
        List<CompletableFuture<@Nullable Exception>> answers = new ArrayList<>(records.size());
        Thread handing = Thread.currentThread();
        for (ProducerRecord<byte[], byte[]> record : records) {
            CompletableFuture<@Nullable Exception> answer = new CompletableFuture<>();
            Callback callback = (written, error) -> {
                boolean handed = Thread.currentThread() != handing;
                if (handed
                        && error != null
                        && !isOfRecord(error)
                        && !(first && (isOfTopic(error) || error instanceof RetriableException))) {
                    to.close(Duration.ZERO);
                    answer.completeExceptionally(error);
                } else {
                    answer.complete(error);
                }
            };
            try {
                var unused = to.send(record, callback);
            } catch (IllegalStateException ended) {
                if (answers.isEmpty()) {
                    throw ended;
                }
                // It was closed for the failure of one before, which tells why.
                return new Handed(answers, null);
            }
            Exception now = answer.isDone() && !answer.isCompletedExceptionally() ? answer.join() : null;
            if (now != null && !isOfRecord(now)) {
                if (isOfAll(now)) {
                    answers.add(CompletableFuture.failedFuture(now));
                    return new Handed(answers, null);
                }
                return new Handed(answers, now);
            }
            answers.add(answer);
        }
        return new Handed(answers, null);
    }

    private static Sent sent(Handed handed, boolean first) {
        List<@Nullable Exception> refused = new ArrayList<>();
        for (CompletableFuture<@Nullable Exception> answer : handed.answers) {
            Exception why = answer.join();
            if (first && why != null && !isOfRecord(why)) {
                return new Sent(refused, why);
            }
            refused.add(why);
        }
        return new Sent(refused, handed.stopped);
    }

    private static boolean isOfRecord(Throwable error) {
        return error instanceof RecordTooLargeException;
    }

    private static boolean isOfTopic(Throwable error) {
        return error instanceof UnknownTopicOrPartitionException || error instanceof TopicAuthorizationException;
    }

    private static boolean isOfAll(Throwable error) {
        return error instanceof AuthenticationException || error instanceof ClusterAuthorizationException;
    }

    /** Fails when the producer has ended. */
    Future<Void> broken() {
        return broken.future();
    }

    Future<Void> close() {
        return made.transform(there -> vertx.executeBlocking(
                () -> {
                    KafkaProducer<byte[], byte[]> sending = producer;
                    Admin asking = admin;
                    if (sending != null) {
                        sending.close(Duration.ZERO);
                    }
                    if (asking != null) {
                        asking.close(Duration.ZERO);
                    }
                    return null;
                },
                false));
    }

    private static Throwable cause(Throwable error) {
        Throwable at = error;
        while ((at instanceof CompletionException || at instanceof ExecutionException) && at.getCause() != null) {
            at = at.getCause();
        }
        return at;
    }

    private Throwable told(Throwable error) {
        if (error instanceof ToldException) {
            return error;
        }
        Throwable why = cause(error);
        String words = why instanceof AuthenticationException
                ? "doesn't let this node in: look at properties"
                : why instanceof ClusterAuthorizationException
                        ? "doesn't permit it: give the user WRITE on the topics"
                        : "doesn't answer, or not for long enough";
        String more = why.getCause() == null ? "" : ": " + why.getCause().getMessage();
        ToldException told = new ToldException(
                "Kafka at " + config.get(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG) + " " + words + " ("
                        + why.getMessage() + more + ")",
                why);
        broken.tryFail(told);
        return told;
    }

    /** In words for an operator. */
    private static final class ToldException extends RuntimeException {
        private static final long serialVersionUID = 1;

        ToldException(String words, Throwable why) {
            super(words, why);
        }
    }
}

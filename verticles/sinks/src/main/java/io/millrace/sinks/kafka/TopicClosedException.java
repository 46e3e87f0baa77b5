package io.millrace.sinks.kafka;

import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** A topic takes nothing for now; others may. The message tells an operator what to do. */
final class TopicClosedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    TopicClosedException(String topic, Throwable why) {
        super(words(topic, why), why);
    }

    private static String words(String topic, Throwable why) {
        if (why instanceof UnknownTopicOrPartitionException) {
            return "there is no topic " + topic + ": create it";
        }
        return why instanceof TopicAuthorizationException
                ? "Kafka doesn't permit writing to the topic " + topic + ": give the user WRITE on it"
                : "the topic " + topic + " takes nothing for now (" + why.getMessage() + ")";
    }
}

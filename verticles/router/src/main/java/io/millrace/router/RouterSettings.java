package io.millrace.router;

import io.millrace.kafka.KafkaSettings;
import io.millrace.platform.resilience.Breaker;
import io.millrace.platform.settings.Settings;
import java.time.Duration;

/**
 * @param kafka where Kafka is, and how to get in
 * @param batch the largest number of events in one batch
 * @param waiting how many events may wait on one path
 * @param kafkaTimeout how long Kafka may take to acknowledge an event before it takes the fallback
 * @param handlerTimeout how long a handler may take to answer before the event is refused
 * @param handlerFailures after how many failures in a row a handler's breaker opens
 * @param fallback how many ordinary events may be on the direct path at once while Kafka is unavailable
 */
public record RouterSettings(
        KafkaSettings kafka,
        int batch,
        int waiting,
        Duration kafkaTimeout,
        Duration handlerTimeout,
        int handlerFailures,
        int fallback,
        Breaker.Limits breaker) {
    public static RouterSettings from(Settings settings) {
        return new RouterSettings(
                KafkaSettings.from(settings),
                settings.integer("router.batch.max", 500, 1, 5_000),
                settings.integer("router.waiting.max", 20_000, 1, 1_000_000),
                settings.duration(
                        "router.kafka.timeout", Duration.ofSeconds(3), Duration.ofSeconds(1), Duration.ofMinutes(2)),
                settings.duration(
                        "router.handler.timeout", Duration.ofMillis(500), Duration.ofMillis(10), Duration.ofSeconds(5)),
                settings.integer("router.handler.failures", 5, 1, 1_000),
                settings.integer("router.fallback.max", 2_000, 0, 1_000_000),
                // A failed send has waited long enough already.
                Breaker.Limits.from(settings, "router", 1));
    }
}

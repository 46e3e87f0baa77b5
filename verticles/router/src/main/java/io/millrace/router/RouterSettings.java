package io.millrace.router;

import io.millrace.platform.resilience.Breaker;
import io.millrace.platform.settings.Settings;
import java.time.Duration;

/**
 * @param kafka {@code host:port} of one or more brokers
 * @param batch events of one hop
 * @param waiting events that may wait for one path
 * @param kafkaTimeout after it an event that Kafka didn't acknowledge takes the fallback
 * @param handlerTimeout after it an event whose handler didn't answer is refused
 * @param handlerFailures in a row, after which a handler isn't asked for a while
 * @param fallback ordinary events that may take the direct path at once, while Kafka takes none
 */
public record RouterSettings(
        String kafka,
        int batch,
        int waiting,
        Duration kafkaTimeout,
        Duration handlerTimeout,
        int handlerFailures,
        int fallback,
        Breaker.Limits breaker) {
    public static RouterSettings from(Settings settings) {
        return new RouterSettings(
                settings.text("kafka.bootstrap", "127.0.0.1:9092"),
                settings.integer("router.batch.max", 500, 1, 5_000),
                settings.integer("router.waiting.max", 20_000, 1, 1_000_000),
                settings.duration(
                        "router.kafka.timeout", Duration.ofSeconds(3), Duration.ofSeconds(1), Duration.ofMinutes(2)),
                settings.duration(
                        "router.handler.timeout", Duration.ofMillis(500), Duration.ofMillis(10), Duration.ofSeconds(5)),
                settings.integer("router.handler.failures", 5, 1, 1_000),
                settings.integer("router.fallback.max", 2_000, 0, 1_000_000),
                // A failure has waited long enough already.
                Breaker.Limits.from(settings, "router", 1));
    }
}

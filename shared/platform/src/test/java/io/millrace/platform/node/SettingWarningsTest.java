package io.millrace.platform.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class SettingWarningsTest {
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Health health = new Health();
    private final SettingWarnings warnings = new SettingWarnings("Kafka", "kafka-settings", health);

    @BeforeEach
    void listen() {
        log.start();
        logger().addAppender(log);
    }

    @AfterEach
    void stop() {
        logger().detachAppender(log);
    }

    @Test
    void aWarningIsLoggedOnceHoweverOftenItIsFoundAndStaysInTheStatusUntilItIsGone() {
        warnings.found(List.of("One."));
        warnings.found(List.of("One."));
        warnings.found(List.of("One.", "Two."));
        assertEquals("One. Two", health.degraded().getString("kafka-settings"));
        warnings.found(List.of("Two."));
        assertEquals("Two", health.degraded().getString("kafka-settings"));
        warnings.found(List.of());
        assertTrue(health.degraded().isEmpty());
        assertEquals(
                List.of(
                        "WARN Kafka: One.",
                        "WARN Kafka: Two.",
                        "INFO Kafka: no longer so: One.",
                        "INFO Kafka: no longer so: Two."),
                log.list.stream()
                        .map(event -> event.getLevel() + " " + event.getFormattedMessage())
                        .toList());
    }

    private static Logger logger() {
        return (Logger) LoggerFactory.getLogger(SettingWarnings.class);
    }
}

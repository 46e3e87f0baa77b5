package io.millrace.sinks.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.vertx.core.VertxException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.nio.channels.UnresolvedAddressException;
import java.util.ConcurrentModificationException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

class RedisSinkErrorsTest {
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final RedisSinkErrors errors = new RedisSinkErrors("Redis at a:1");

    @BeforeEach
    void listen() {
        log.start();
        logger().addAppender(log);
    }

    @AfterEach
    void stop() {
        logger().detachAppender(log);
    }

    static Stream<Throwable> faults() {
        return Stream.of(
                new ConcurrentModificationException(),
                new IllegalStateException("x"),
                new NullPointerException(),
                new NoClassDefFoundError("x"));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void aFaultOfMillracesOwnIsToldAsThatAndLoggedOnceWithItsStack(Throwable fault) {
        for (int i = 0; i < 2; i++) {
            IllegalStateException told = errors.told(fault);
            assertEquals(
                    "Redis at a:1 isn't written to because of an internal error, whose cause is in the log",
                    told.getMessage());
            assertEquals(fault, told.getCause());
        }
        assertEquals(1, log.list.size());
        assertEquals(Level.ERROR, log.list.get(0).getLevel());
        assertNotNull(log.list.get(0).getThrowableProxy(), "its stack");
    }

    static Stream<Throwable> failures() {
        return Stream.of(
                new ConnectException("refused"),
                new TimeoutException("late"),
                new UnresolvedAddressException(),
                new UncheckedIOException(new ConnectException("refused")),
                VertxException.noStackTrace("closed"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void aFailureOfTheWayToRedisIsNone(Throwable failure) {
        String told = String.valueOf(errors.told(failure).getMessage());
        assertTrue(told.startsWith("Redis at a:1 doesn't answer ("), told);
        assertTrue(log.list.isEmpty());
    }

    @Test
    void whatRedisRefusesIsToldWithWhatToDo() {
        assertEquals(
                "Redis at a:1 is not ready yet (LOADING now)",
                errors.told(VertxException.noStackTrace("LOADING now")).getMessage());
    }

    private static Logger logger() {
        return (Logger) LoggerFactory.getLogger(RedisSinkErrors.class);
    }
}

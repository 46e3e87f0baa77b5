package io.millrace.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import java.net.ConnectException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PgErrorsTest {
    static Stream<Arguments> causes() {
        String internal = "an internal error, whose cause is in the log";
        return Stream.of(
                Arguments.of(new ConnectException("refused"), "PostgreSQL doesn't answer"),
                Arguments.of(new NoClassDefFoundError("io/vertx/pgclient/Missing"), internal),
                Arguments.of(new NullPointerException(), internal));
    }

    @ParameterizedTest
    @MethodSource("causes")
    void onlyAFaultOfTheConnectionIsReportedAsPostgresThatDoesNotAnswer(Throwable cause, String message) {
        MillraceException failed = (MillraceException) PgErrors.toFailure(cause).cause();
        assertEquals(Failure.UNAVAILABLE, failed.failure());
        assertEquals(message, failed.getMessage());
    }
}

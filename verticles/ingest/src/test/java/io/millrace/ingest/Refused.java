package io.millrace.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import java.util.List;
import org.junit.jupiter.api.function.Executable;

/** That something is refused, and why. */
public final class Refused {
    private Refused() {}

    public static MillraceException as(Failure failure, Executable attempt) {
        MillraceException refused = assertThrows(MillraceException.class, attempt);
        assertEquals(failure, refused.failure(), refused.getMessage());
        return refused;
    }

    /** As an invalid event, at a JSON pointer. */
    public static void at(String pointer, Executable attempt) {
        at(pointer, as(Failure.INVALID_EVENT, attempt));
    }

    public static void at(String pointer, MillraceException refused) {
        List<String> pointers = refused.details().stream()
                .map(MillraceException.Detail::pointer)
                .toList();
        assertTrue(pointers.contains(pointer), () -> pointers + ": " + refused.getMessage());
    }
}

package io.millrace.contracts.failure;

import java.util.List;
import java.util.concurrent.CompletionException;

/** The exception that crosses stages and reaches clients: a {@link Failure} and a message that says what was wrong, where, and what to do. */
public final class MillraceException extends RuntimeException {
    private static final long RETRY_AFTER_MS = 1_000;

    private final Failure failure;
    private final transient List<Detail> details;
    private final long retryAfterMillis;

    /** One of several mistakes: a JSON pointer (RFC 6901) into the request, and what is wrong there. */
    public record Detail(String pointer, String message) {}

    public MillraceException(Failure failure, String message) {
        this(failure, message, List.of());
    }

    public MillraceException(Failure failure, String message, List<Detail> details) {
        this(failure, message, details, RETRY_AFTER_MS);
    }

    /**
     * A failure that may succeed later, with a time.
     *
     * @param retryAfterMillis the shortest wait that makes sense; 1 or more
     */
    public MillraceException(Failure failure, String message, long retryAfterMillis) {
        this(failure, message, List.of(), retryAfterMillis);
    }

    /** Makes an {@link Failure#INVALID_EVENT} about one member. */
    public static MillraceException invalidEvent(String pointer, String message) {
        return invalidEvent(List.of(new Detail(pointer, message)));
    }

    /**
     * Makes an {@link Failure#INVALID_EVENT} about several members; its message names the first.
     *
     * @param details at least one
     */
    public static MillraceException invalidEvent(List<Detail> details) {
        Detail first = details.get(0);
        String more = details.size() == 1 ? "" : " (and " + (details.size() - 1) + " more)";
        return new MillraceException(Failure.INVALID_EVENT, first.pointer() + " " + first.message() + more, details);
    }

    private MillraceException(Failure failure, String message, List<Detail> details, long retryAfterMillis) {
        // A failure is an answer, not a defect of the program, so it has no stack trace, which would be costly on the
        // hot path.
        super(message, null, false, false);
        this.failure = failure;
        this.details = List.copyOf(details);
        this.retryAfterMillis = retryAfterMillis;
    }

    public MillraceException(Failure failure, String message, Throwable cause) {
        super(message, cause);
        this.failure = failure;
        this.details = List.of();
        this.retryAfterMillis = RETRY_AFTER_MS;
    }

    /** The time until a retry may succeed. */
    public long retryAfterMillis() {
        return retryAfterMillis;
    }

    /** The same in whole seconds, as HTTP has it. */
    public long retryAfterSeconds() {
        return (retryAfterMillis + 999) / 1_000;
    }

    /** All mistakes if there are several; else empty. */
    public List<Detail> details() {
        return details;
    }

    public Failure failure() {
        return failure;
    }

    @Override
    public String getMessage() {
        String message = super.getMessage();
        return message == null ? failure.code() : message;
    }

    /** Turns any throwable into a failure; an unexpected one becomes {@link Failure#INTERNAL} without its details. */
    public static MillraceException of(Throwable thrown) {
        Throwable cause =
                thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        return cause instanceof MillraceException known
                ? known
                : new MillraceException(Failure.INTERNAL, "an error inside Millrace; its log has the cause", cause);
    }
}

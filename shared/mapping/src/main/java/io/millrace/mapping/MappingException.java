package io.millrace.mapping;

/** A row that doesn't hold what the mapping needs; the message says what and where. */
public final class MappingException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public MappingException(String message) {
        super(message, null, false, false);
    }
}

package io.millrace.launcher.replay;

/** A row that doesn't hold what the mapping needs; the message says what and where. */
final class BadRow extends RuntimeException {
    private static final long serialVersionUID = 1;

    BadRow(String message) {
        super(message, null, false, false);
    }
}

package io.millrace.launcher.replay.send;

/** Events can't be sent, and a retry doesn't help; the message says why, and what to do. */
public final class SendException extends Exception {
    private static final long serialVersionUID = 1;

    SendException(String message) {
        super(message);
    }
}

package io.millrace.domain.model;

import java.util.Locale;

/** How an event reaches a client: the {@code type} of the message that carries it. */
public enum MessageKind {
    TICK,
    UPDATE,
    ALERT,
    NOTIFICATION;

    private final String wire = name().toLowerCase(Locale.ROOT);

    /** As clients read it. */
    public String wire() {
        return wire;
    }
}

package io.millrace.launcher.replay.send;

import io.millrace.mapping.MappedEvent;

/**
 * The server's answer for one event.
 *
 * @param status the status: committed, queued, sent, duplicate, expired or failed
 * @param code the code of the failure; empty if the event didn't fail
 * @param detail the details of the failure; empty if the event didn't fail
 */
public record EventResult(MappedEvent event, String status, String code, String detail) {
    static final String FAILED = "failed";

    public boolean failed() {
        return status.equals(FAILED);
    }
}

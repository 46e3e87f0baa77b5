package io.millrace.launcher.replay.send;

import io.millrace.mapping.ReplayEvent;

/**
 * What the server said of one event.
 *
 * @param status committed, queued, sent, duplicate, expired or failed
 * @param code of the failure; empty if it didn't fail
 * @param detail of the failure; empty if it didn't fail
 */
public record EventResult(ReplayEvent event, String status, String code, String detail) {
    static final String FAILED = "failed";

    public boolean failed() {
        return status.equals(FAILED);
    }
}

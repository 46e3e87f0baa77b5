package io.millrace.contracts.alert;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What operators have said of alerts. */
public record AlertMarks(List<Acknowledgement> acknowledged, List<Silence> silenced) {
    public AlertMarks {
        acknowledged = List.copyOf(acknowledged);
        silenced = List.copyOf(silenced);
    }

    /** Somebody looks after an alert. It ends with the alert. */
    public record Acknowledgement(String alert, String about, String by, long atMicros) {}

    /**
     * An alert raises no event for a time, whether it is on or not.
     *
     * @param untilMicros microseconds since 1970 UTC
     */
    public record Silence(String alert, String about, long untilMicros, @Nullable String reason, String by) {}
}

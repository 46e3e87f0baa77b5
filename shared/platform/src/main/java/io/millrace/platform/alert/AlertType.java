package io.millrace.platform.alert;

import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The alerts that there are. Each is a rule of {@code k8s/monitoring/rules.yaml} too, and a section of {@code alerts.md}, both
 * of the same name.
 */
public enum AlertType {
    QUEUE_AGE("error"),
    DEAD_LETTER_RATE("error"),
    BREAKER_OPEN("error"),
    SLOT_LAG("warning"),
    DISK_FULL("error"),
    CLOCK_SKEW("warning"),
    CERTIFICATE_EXPIRY("warning"),
    NODE_NOT_READY("error"),
    SOURCE_FAILING("error"),
    SINK_FAILING("error"),
    SLOW_CONSUMERS("warning");

    private static final Set<String> NAMES =
            Arrays.stream(values()).map(AlertType::word).collect(Collectors.toUnmodifiableSet());

    private final String severity;

    AlertType(String severity) {
        this.severity = severity;
    }

    /** Its name: {@code queue-age}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** {@code error} or {@code warning}. */
    public String severity() {
        return severity;
    }

    /** Whether the lease of the task raises its event, with the reason; then only its end is told here. */
    public boolean raisedByItsLease() {
        return this == SOURCE_FAILING || this == SINK_FAILING;
    }

    public static boolean isKnown(String word) {
        return NAMES.contains(word);
    }

    /** @throws IllegalArgumentException there is none of that name */
    public static AlertType of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT).replace('-', '_'));
    }
}

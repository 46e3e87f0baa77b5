package io.millrace.platform.node;

import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a backing service is set to, as it says itself, that costs acknowledged events or stops some of the work. Each warning
 * is logged once when it is found and once when it is gone; those that hold are in the node's status. {@link #found} is called
 * by one thread.
 */
public final class SettingWarnings {
    private static final Logger LOG = LoggerFactory.getLogger(SettingWarnings.class);

    /** How long until a service is asked again, in milliseconds: an operator or a failover may have changed it. */
    public static final int ASK_EVERY_MS = 60_000;

    private final String service;
    private volatile List<String> holding = List.of();

    /**
     * @param service the service's name in sentences: {@code Kafka}
     * @param part its name in the node's status: {@code kafka-settings}
     */
    public SettingWarnings(String service, String part, Health health) {
        this.service = service;
        // Whoever shows it ends the sentence.
        health.source(
                part, () -> holding.isEmpty() ? null : String.join(" ", holding).replaceFirst("\\.$", ""));
    }

    /**
     * Notes what holds now.
     *
     * @param warnings each one or more sentences: what is set, what that costs, what to set instead; empty if all is well
     */
    public void found(List<String> warnings) {
        List<String> before = holding;
        holding = List.copyOf(warnings);
        warnings.stream()
                .filter(warning -> !before.contains(warning))
                .forEach(warning -> LOG.warn("{}: {}", service, warning));
        before.stream()
                .filter(warning -> !warnings.contains(warning))
                .forEach(warning -> LOG.info("{}: no longer so: {}", service, warning));
    }
}

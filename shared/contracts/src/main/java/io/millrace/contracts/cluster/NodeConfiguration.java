package io.millrace.contracts.cluster;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The settings that a node runs with, without their secrets. */
public record NodeConfiguration(List<Setting> settings) {
    /**
     * One setting.
     *
     * @param name its path: {@code persistence.batch.max}
     * @param value as it was written, or its default; null for a secret, and for what is not set
     * @param fallback its default; empty for none
     * @param source {@code default}, or where it was written: a file with its line, a variable of the environment, the
     *     command line
     * @param kind the kind of value and its unit: {@code duration}, {@code secret}
     * @param range the allowed values; empty for any
     */
    public record Setting(
            String name, @Nullable String value, String fallback, String source, String kind, String range) {}
}

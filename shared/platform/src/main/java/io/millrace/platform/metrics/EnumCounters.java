package io.millrace.platform.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Locale;
import java.util.function.Function;

/** The counters of one metric: one for each constant of an enum, which is a tag. Safe from any thread. */
public final class EnumCounters<E extends Enum<E>> {
    private final Counter[] counters;

    /** The tag's values are the constants' names in lower case. */
    public EnumCounters(String metric, String tag, Class<E> constants, MeterRegistry metrics) {
        this(metric, tag, constants, constant -> constant.name().toLowerCase(Locale.ROOT), Tags.empty(), metrics);
    }

    /**
     * @param metric the name, described in {@code metrics.properties}
     * @param value the tag's value for a constant
     * @param others further tags, the same for all
     */
    public EnumCounters(
            String metric,
            String tag,
            Class<E> constants,
            Function<E, String> value,
            Tags others,
            MeterRegistry metrics) {
        E[] all = constants.getEnumConstants();
        counters = new Counter[all.length];
        for (E constant : all) {
            counters[constant.ordinal()] = metrics.counter(metric, others.and(tag, value.apply(constant)));
        }
    }

    public Counter of(E constant) {
        return counters[constant.ordinal()];
    }

    public void increment(E constant) {
        of(constant).increment();
    }
}

package io.millrace.platform.settings;

import io.millrace.domain.yaml.ByteSizes;
import io.millrace.domain.yaml.Durations;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The text form of a quantity.
 *
 * @param kind the kind as in {@link SettingInfo}
 * @param described the expected form, for messages about an invalid text
 */
record ValueFormat<T extends Comparable<T>>(
        String kind, String described, Parser<T> parser, Function<T, String> writer) {
    static final ValueFormat<Long> NUMBER = new ValueFormat<>(
            "whole number", "whole number", ValueFormat::parseNumber, number -> Long.toString(number));
    static final ValueFormat<Duration> DURATION =
            new ValueFormat<>("duration", "duration: " + Durations.FORM, Durations::parse, Durations::text);
    static final ValueFormat<Long> BYTES =
            new ValueFormat<>("bytes", "amount of bytes: " + ByteSizes.FORM, ByteSizes::parse, ByteSizes::text);

    /** The value; null if the text is invalid. */
    interface Parser<T> {
        @Nullable
        T parse(String text);
    }

    private static @Nullable Long parseNumber(String text) {
        try {
            return Long.valueOf(text.replace("_", ""));
        } catch (NumberFormatException notANumber) {
            return null;
        }
    }
}

package io.millrace.platform.settings;

import io.millrace.contracts.domain.Bytes;
import io.millrace.contracts.domain.Durations;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How a quantity is written.
 *
 * @param kind as {@link Known} says it
 * @param described for the message about a text that is none
 */
record Form<T extends Comparable<T>>(String kind, String described, Parser<T> parser, Function<T, String> writer) {
    static final Form<Long> NUMBER =
            new Form<>("whole number", "whole number", Form::parseNumber, number -> Long.toString(number));
    static final Form<Duration> DURATION =
            new Form<>("duration", "duration: " + Durations.FORM, Durations::parse, Durations::text);
    static final Form<Long> BYTES = new Form<>("bytes", "amount of bytes: " + Bytes.FORM, Bytes::parse, Bytes::text);

    /** Null if the text is none. */
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

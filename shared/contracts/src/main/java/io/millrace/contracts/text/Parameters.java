package io.millrace.contracts.text;

import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Parses values that come as text: a query's parameters, headers of the event-bus bridge. Null is a missing value. Each
 * method fails as {@link Failure#BAD_MESSAGE} with the name and what is allowed.
 */
public final class Parameters {
    private static final Pattern WHOLE = Pattern.compile("0|[1-9]\\d{0,17}");
    private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9]\\d*)(\\.\\d+)?([eE][+-]?\\d+)?");

    private Parameters() {}

    /** {@code true} or {@code false}. */
    public static boolean flag(String name, @Nullable String text, boolean fallback) {
        if (text == null) {
            return fallback;
        }
        if (!text.equals("true") && !text.equals("false")) {
            throw bad(name + " must be true or false");
        }
        return text.equals("true");
    }

    /**
     * A whole number in decimal digits.
     *
     * @param least the smallest value, not negative
     */
    public static long wholeNumber(String name, @Nullable String text, long fallback, long least, long most) {
        if (text == null) {
            return fallback;
        }
        long number = WHOLE.matcher(text).matches() ? Long.parseLong(text) : -1;
        if (number < least || number > most) {
            throw bad(name + " must be a whole number from " + least + " to " + most);
        }
        return number;
    }

    /** A number as JSON writes it: no hexadecimal digits, no {@code 1f}, no {@code NaN}. */
    public static BigDecimal number(String name, String text) {
        if (text.length() > ExactNumbers.MAX_LENGTH || !NUMBER.matcher(text).matches() || !ExactNumbers.holds(text)) {
            throw bad(name + " must be a number as JSON writes it, like 10 or 0.5; " + ExactNumbers.ALLOWED);
        }
        return new BigDecimal(text);
    }

    /** Microseconds since 1970 UTC of a time as {@link Rfc3339} reads it. */
    public static long micros(String name, @Nullable String text, long fallback) {
        try {
            return text == null ? fallback : Rfc3339.micros(text);
        } catch (DateTimeException wrong) {
            throw bad(name + " " + wrong.getMessage());
        }
    }

    private static MillraceException bad(String why) {
        return new MillraceException(Failure.BAD_MESSAGE, why);
    }
}

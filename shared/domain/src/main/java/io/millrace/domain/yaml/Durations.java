package io.millrace.domain.yaml;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Durations as configuration writes them: a whole number and its unit, {@code 500ms 10s 15m 12h 30d}. */
public final class Durations {
    /** The expected form, for messages about an invalid text. */
    public static final String FORM = "a whole number and a unit, like 500ms, 10s, 15m, 12h or 30d";

    private static final Pattern TEXT = Pattern.compile("(\\d{1,10})(ms|s|m|h|d)");

    private Durations() {}

    /** The duration; null if the text is invalid. */
    public static @Nullable Duration parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            return null;
        }
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
    }

    /** The text in the largest exact unit, down to the millisecond. */
    public static String text(Duration duration) {
        long ms = duration.toMillis();
        if (ms % 1000 != 0 || ms == 0) {
            return ms + "ms";
        }
        long seconds = ms / 1000;
        if (seconds % 60 != 0) {
            return seconds + "s";
        }
        if (seconds % 3600 != 0) {
            return seconds / 60 + "m";
        }
        return seconds % 86_400 != 0 ? seconds / 3600 + "h" : seconds / 86_400 + "d";
    }
}

package io.millrace.domain.yaml;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Amounts of bytes as configuration writes them: {@code 65536}, {@code 512KiB}, {@code 1MiB}. */
public final class ByteSizes {
    /** The expected form, for messages about an invalid text. */
    public static final String FORM = "a whole number and B, KiB, MiB or GiB, like 512KiB";

    private static final Pattern TEXT = Pattern.compile("(\\d{1,12})(B|KiB|MiB|GiB)?");
    private static final List<String> UNITS = List.of("B", "KiB", "MiB", "GiB");

    private ByteSizes() {}

    /** The number of bytes; null if the text is invalid. */
    public static @Nullable Long parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            return null;
        }
        int unit = matcher.group(2) == null ? 0 : UNITS.indexOf(matcher.group(2));
        long number = Long.parseLong(matcher.group(1));
        return number > (Long.MAX_VALUE >> (10 * unit)) ? Long.MAX_VALUE : number << (10 * unit);
    }

    /** The text in the largest exact unit. */
    public static String text(long bytes) {
        int unit = 0;
        long number = bytes;
        while (unit < 3 && number != 0 && number % 1024 == 0) {
            number /= 1024;
            unit++;
        }
        return number + UNITS.get(unit);
    }
}

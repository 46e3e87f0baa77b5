package io.millrace.contracts.text;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Times as RFC 3339 writes them: date, {@code T}, time of day with seconds, an offset. {@code t} and {@code z} are
 * taken, as the RFC says; a blank for the {@code T}, which it leaves to applications, isn't. Of a second at most nine
 * digits. A leap second (23:59:60 UTC at the end of a month) is the second that follows it.
 */
public final class Rfc3339 {
    private static final Pattern TIME = Pattern.compile("(\\d{4})-(\\d\\d)-(\\d\\d)[Tt](\\d\\d):(\\d\\d):(\\d\\d)"
            + "(?:\\.(\\d{1,9}))?(?:[Zz]|([+-])(\\d\\d):(\\d\\d))");
    private static final String EXAMPLE = "; write it as 2026-01-31T09:30:00Z or 2026-01-31T10:30:00.123+01:00";

    private static final String DATE = "\\d{4}-\\d\\d-\\d\\d";
    private static final String CLOCK = "\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?";
    private static final String ZONE = "([Zz]|[+-]\\d\\d:\\d\\d)";

    private static final long DAY = 86_400;
    private static final Instant FIRST = Instant.parse("0000-01-01T00:00:00Z");
    private static final Instant END = Instant.parse("+10000-01-01T00:00:00Z");

    private Rfc3339() {}

    /** Microseconds since 1970 UTC, from the year 0 to 9999. Fails as {@link #parse}. */
    public static long micros(String text) {
        return Micros.of(parse(text));
    }

    /**
     * Reads a time.
     *
     * @throws DateTimeException with what is wrong and how to write a time, to follow the name of the field
     *     ({@code "has no offset; write it as …"})
     */
    public static Instant parse(String text) {
        Matcher time = TIME.matcher(text);
        if (!time.matches()) {
            throw wrong(describeError(text));
        }
        int hour = number(time, 4);
        int minute = number(time, 5);
        int second = number(time, 6);
        boolean leap = second == 60;
        if (hour > 23 || minute > 59 || second > 60) {
            throw wrong("has a time of day that doesn't exist");
        }
        long local = date(time) * DAY + hour * 3_600L + minute * 60L + (leap ? 59 : second);
        long utc = local - offset(time);
        if (leap && !(Math.floorMod(utc, DAY) == DAY - 1 && lastOfMonth(Math.floorDiv(utc, DAY)))) {
            throw wrong("has a 60th second, which only the last minute of a month has, in UTC");
        }
        Instant instant = Instant.ofEpochSecond(leap ? utc + 1 : utc, nanos(time.group(7)));
        if (instant.isBefore(FIRST) || !instant.isBefore(END)) {
            throw wrong("lies outside the years 0 to 9999 of UTC");
        }
        return instant;
    }

    private static long date(Matcher time) {
        try {
            return LocalDate.of(number(time, 1), number(time, 2), number(time, 3))
                    .toEpochDay();
        } catch (DateTimeException none) {
            throw wrong("has a date that doesn't exist");
        }
    }

    /** The offset in seconds east. */
    private static long offset(Matcher time) {
        if (time.group(8) == null) {
            return 0;
        }
        int hours = number(time, 9);
        int minutes = number(time, 10);
        if (hours > 23 || minutes > 59) {
            throw wrong("has an offset that doesn't exist");
        }
        long seconds = hours * 3_600L + minutes * 60L;
        return time.group(8).equals("-") ? -seconds : seconds;
    }

    private static boolean lastOfMonth(long day) {
        return LocalDate.ofEpochDay(day + 1).getDayOfMonth() == 1;
    }

    private static int nanos(String digits) {
        return digits == null ? 0 : Integer.parseInt((digits + "00000000").substring(0, 9));
    }

    private static int number(Matcher time, int group) {
        return Integer.parseInt(time.group(group));
    }

    private static String describeError(String text) {
        if (text.matches(DATE)) {
            return "has a date without a time of day";
        }
        if (text.matches(DATE + "[Tt ]" + CLOCK + " \\d\\d:\\d\\d")) {
            return "has a blank before its offset: in an address a + is a blank, so write it as %2B";
        }
        if (text.matches(DATE + " .*")) {
            return "has a blank where the T belongs";
        }
        if (text.matches(DATE + "[Tt]" + CLOCK)) {
            return "has no offset";
        }
        if (text.matches(DATE + "[Tt]" + CLOCK + ZONE)) {
            return "has more than nine digits of a second";
        }
        return text.matches(DATE + "[Tt]\\d\\d:\\d\\d" + ZONE + "?") ? "has no seconds" : "is not an RFC 3339 time";
    }

    private static DateTimeException wrong(String what) {
        return new DateTimeException(what + EXAMPLE);
    }
}

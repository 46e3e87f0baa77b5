package io.millrace.sources.postgres.value;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.millrace.contracts.text.ExactNumbers;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.regex.Pattern;

/** Single values: from the text of PostgreSQL, with DateStyle ISO, to JSON. Stateless. */
final class ValueText {
    /** JSON's numbers; NaN and Infinity are none. */
    private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9]\\d*)(\\.\\d+)?([eE][-+]?\\d+)?");

    private static final Pattern MONEY = Pattern.compile("-?\\$?(\\d{1,3}(?:,?\\d{3})*(?:\\.\\d+)?)");
    private static final Pattern ZONED = Pattern.compile("\\d{4}-\\d{2}-\\d{2} [^ ]*[+-]\\d{2}(:\\d{2})?");

    private ValueText() {}

    static String json(String text, ColumnType.Form form) {
        return switch (form) {
            case BOOLEAN -> text.equals("t") || text.equals("true") ? "true" : "false";
            case NUMBER -> number(text);
            case MONEY -> money(text);
            case JSON -> text;
            case TIMESTAMP -> quoted(timestamp(text));
            case TIMESTAMPTZ -> quoted(timestamptz(text));
            case HSTORE -> HstoreText.json(text);
            case TEXT, BOX -> quoted(text);
        };
    }

    static String quoted(String text) {
        StringBuilder json = new StringBuilder(text.length() + 2).append('"');
        JsonStringEncoder.getInstance().quoteAsString(text, json);
        return json.append('"').toString();
    }

    /** What is no number in JSON, or one that Millrace wouldn't keep exactly, stays a text. */
    private static String number(String text) {
        return NUMBER.matcher(text).matches() && ExactNumbers.holds(text) ? text : quoted(text);
    }

    /** The locale of the amounts is C: $1,234.50. */
    private static String money(String text) {
        var amount = MONEY.matcher(text);
        return amount.matches()
                ? (text.startsWith("-") ? "-" : "") + amount.group(1).replace(",", "")
                : quoted(text);
    }

    private static String timestamp(String text) {
        int space = text.indexOf(' ');
        return space < 0 || text.charAt(0) == '-' ? text : text.substring(0, space) + 'T' + text.substring(space + 1);
    }

    /** In UTC, as RFC 3339 has it. The session's zone is UTC; a year that has more than four digits keeps its offset. */
    private static String timestamptz(String text) {
        if (text.endsWith("+00")) {
            return timestamp(text.substring(0, text.length() - 3)) + "Z";
        }
        if (!ZONED.matcher(text).matches()) {
            return timestamp(text);
        }
        try {
            return OffsetDateTime.parse(timestamp(text), DateTimeFormatter.ISO_OFFSET_DATE_TIME)
                    .withOffsetSameInstant(ZoneOffset.UTC)
                    .toString();
        } catch (DateTimeException unusual) {
            return timestamp(text);
        }
    }
}

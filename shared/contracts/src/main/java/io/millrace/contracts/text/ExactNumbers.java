package io.millrace.contracts.text;

/**
 * The numbers that every interface accepts: those that are stored with every digit and compare with any other. A
 * number's text has at most {@link #MAX_LENGTH} characters, and is 0 or within the range of a double. Beyond that range
 * a browser reads infinity or 0, PostgreSQL refuses the number, and its digits may take half a gigabyte.
 */
public final class ExactNumbers {
    /** The largest number of characters, with sign, point and exponent. */
    public static final int MAX_LENGTH = 400;

    /** The end of messages about a number. */
    public static final String ALLOWED = "a number has at most " + MAX_LENGTH
            + " characters and is 0, or between 4.9e-324 and 1.7976931348623157e308";

    /** A number of at most so many characters without an exponent is always in range. */
    private static final int SHORT = 300;

    private ExactNumbers() {}

    /** @param json a number in JSON's grammar */
    public static boolean holds(CharSequence json) {
        return holds(json.toString().toCharArray(), 0, json.length());
    }

    /** Whether the JSON number in these characters is accepted. For the hot path: mostly one look at each character. */
    public static boolean holds(char[] json, int from, int length) {
        boolean zero = true;
        for (int i = from; i < from + length; i++) {
            char c = json[i];
            if (c == 'e' || c == 'E') {
                return length <= MAX_LENGTH
                        && smallExponent(json, i + 1, from + length)
                        && inRange(json, from, length, zero);
            }
            zero &= c < '1' || c > '9';
        }
        return length <= SHORT || (length <= MAX_LENGTH && inRange(json, from, length, zero));
    }

    /** The exponent, of at most three significant digits: a larger one is out of range whatever the digits are. */
    private static boolean smallExponent(char[] json, int from, int to) {
        int at = from;
        while (at < to && (json[at] == '+' || json[at] == '-' || json[at] == '0')) {
            at++;
        }
        return to - at <= 3;
    }

    private static boolean inRange(char[] json, int from, int length, boolean zero) {
        double value = Double.parseDouble(new String(json, from, length));
        return Double.isFinite(value) && (zero || value != 0);
    }
}

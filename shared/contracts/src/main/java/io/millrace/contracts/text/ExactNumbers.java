package io.millrace.contracts.text;

/**
 * Which numbers are taken, at every door: those that are kept digit by digit and compare with any other. A number's text has
 * at most {@link #MAX_LENGTH} characters, and is 0 or within the range of a double. Beyond it a browser reads infinity or
 * 0, PostgreSQL refuses it, and {@code 1e999999999} has nine letters and half a gigabyte of digits.
 */
public final class ExactNumbers {
    /** Characters, sign, point and exponent among them. */
    public static final int MAX_LENGTH = 400;

    /** To go after what is wrong with a number. */
    public static final String ALLOWED = "a number has at most " + MAX_LENGTH
            + " characters and is 0, or between 4.9e-324 and 1.7976931348623157e308";

    /** Each of so few characters without an exponent is in the range. */
    private static final int SHORT = 300;

    private ExactNumbers() {}

    /** @param json a number in JSON's grammar */
    public static boolean holds(CharSequence json) {
        return holds(json.toString().toCharArray(), 0, json.length());
    }

    /** Whether the JSON number in these characters is one that is taken. For the hot path: mostly one look at each. */
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

    /** Of at most three digits that mean something: more can't be made good by any number of zeros before it. */
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

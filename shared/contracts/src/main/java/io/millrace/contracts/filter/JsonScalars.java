package io.millrace.contracts.filter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * JSON values in one form each, so that equal ones are {@code equals}: 1, 1.0 and 1e0 are the {@code Long} 1. A number
 * that is no {@code long} is a {@code Double} if that prints as the number, else a {@code BigDecimal}. In order: null,
 * booleans, numbers, texts.
 */
final class JsonScalars {
    private static final int NULL = 0;
    private static final int BOOLEAN = 1;
    private static final int NUMBER = 2;
    private static final int TEXT = 3;
    private static final int NONE = 4;
    private static final double TWO_TO_63 = 0x1p63;
    /** The most digits of a {@code long}. */
    private static final int LONG_DIGITS = 19;

    private static final BigDecimal LEAST = BigDecimal.valueOf(Long.MIN_VALUE);
    private static final BigDecimal MOST = BigDecimal.valueOf(Long.MAX_VALUE);

    private JsonScalars() {}

    /** A value in its normal form; null for an object or array. */
    static @Nullable Object of(JsonNode node) {
        return switch (kind(node)) {
            case NULL -> NullNode.instance;
            case BOOLEAN -> node.booleanValue();
            case NUMBER -> number(node);
            case TEXT -> node.textValue();
            default -> null;
        };
    }

    /** As JSON. */
    static String text(Object value) {
        return value instanceof String text ? TextNode.valueOf(text).toString() : value.toString();
    }

    /** How an event's value stands to one in its one form: negative, 0, positive. Allocates for huge numbers only. */
    static int compare(JsonNode node, Object value) {
        int kind = kind(node);
        int other = kind(value);
        if (kind != other) {
            return Integer.compare(kind, other);
        }
        return switch (kind) {
            case BOOLEAN -> Boolean.compare(node.booleanValue(), (Boolean) value);
            case NUMBER -> compareNumber(node, value);
            case TEXT -> node.textValue().compareTo((String) value);
            default -> 0;
        };
    }

    /** The order of two values in their one form. */
    static int compare(Object one, Object other) {
        int kind = kind(one);
        if (kind != kind(other)) {
            return Integer.compare(kind, kind(other));
        }
        return switch (kind) {
            case BOOLEAN -> Boolean.compare((Boolean) one, (Boolean) other);
            case NUMBER -> compareNumbers(one, other);
            case TEXT -> ((String) one).compareTo((String) other);
            default -> 0;
        };
    }

    /** Whether two values have an order that means something: both numbers, or both texts. */
    static boolean comparable(JsonNode node, Object value) {
        int kind = kind(node);
        return (kind == NUMBER || kind == TEXT) && kind == kind(value);
    }

    private static int kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case NULL -> NULL;
            case BOOLEAN -> BOOLEAN;
            case NUMBER -> NUMBER;
            case STRING -> TEXT;
            default -> NONE;
        };
    }

    private static int kind(Object value) {
        return value instanceof String
                ? TEXT
                : value instanceof Number ? NUMBER : value instanceof Boolean ? BOOLEAN : NULL;
    }

    private static int compareNumber(JsonNode node, Object value) {
        if (node.isInt() || node.isLong()) {
            return compareLong(node.longValue(), value);
        }
        return node.isDouble() ? compareDouble(node.doubleValue(), value) : compareNumbers(number(node), value);
    }

    private static int compareNumbers(Object one, Object other) {
        if (one instanceof Long whole) {
            return compareLong(whole, other);
        }
        return one instanceof Double fraction
                ? compareDouble(fraction, other)
                : compareDecimal((BigDecimal) one, other);
    }

    private static int compareLong(long one, Object other) {
        if (other instanceof Long whole) {
            return Long.compare(one, whole);
        }
        return other instanceof Double fraction
                ? -compareDoubleToLong(fraction, one)
                : BigDecimal.valueOf(one).compareTo((BigDecimal) other);
    }

    private static int compareDouble(double one, Object other) {
        if (other instanceof Long whole) {
            return compareDoubleToLong(one, whole);
        }
        if (other instanceof Double fraction) {
            return Double.compare(one, fraction);
        }
        return Double.isFinite(one) ? BigDecimal.valueOf(one).compareTo((BigDecimal) other) : one > 0 ? 1 : -1;
    }

    private static int compareDoubleToLong(double one, long other) {
        if (!(Math.abs(one) < TWO_TO_63)) {
            return one < 0 ? -1 : 1;
        }
        long whole = (long) one;
        // What is left of the point; exact, since a double of 2^53 or more has nothing there.
        double fraction = one - whole;
        return whole != other ? Long.compare(whole, other) : fraction == 0 ? 0 : fraction > 0 ? 1 : -1;
    }

    private static int compareDecimal(BigDecimal one, Object other) {
        if (other instanceof BigDecimal decimal) {
            return one.compareTo(decimal);
        }
        return other instanceof Long whole ? -compareLong(whole, one) : -compareDouble((Double) other, one);
    }

    private static Object number(JsonNode node) {
        if (node.isInt() || node.isLong() || node.isShort()) {
            return node.longValue();
        }
        if (node.isBigInteger() || node.isBigDecimal()) {
            return decimal(node.decimalValue());
        }
        double value = node.doubleValue();
        return value == Math.rint(value) && Math.abs(value) < TWO_TO_63 ? (Object) (long) value : (Object) value;
    }

    private static Object decimal(BigDecimal number) {
        BigDecimal value = number.stripTrailingZeros();
        // Never toBigInteger: 1e999999999 has nine letters and half a gigabyte of digits.
        boolean whole = value.scale() <= 0 && (long) value.precision() - value.scale() <= LONG_DIGITS;
        if (whole && value.compareTo(LEAST) >= 0 && value.compareTo(MOST) <= 0) {
            return value.longValueExact();
        }
        double near = value.doubleValue();
        return Double.isFinite(near) && BigDecimal.valueOf(near).compareTo(value) == 0 ? (Object) near : (Object) value;
    }
}

package io.millrace.contracts.filter;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.filter.FilterCondition.All;
import io.millrace.contracts.filter.FilterCondition.Any;
import io.millrace.contracts.filter.FilterCondition.Field;
import io.millrace.contracts.filter.FilterCondition.OneOf;
import io.millrace.contracts.text.ClientJson;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A subscription's filter: paths to values, or to {@code eq ne in gt gte lt lte exists prefix}, joined by
 * {@code and or not}. Filters with the same meaning are equal, so that their subscriptions are one group. Immutable;
 * safe from any thread.
 *
 * <p>A field that isn't there is {@code ne} everything and {@code exists: false}; else no condition holds for it. Of an
 * array {@code eq}, {@code in} and {@code prefix} hold if they do for an element. {@code gt gte lt lte} hold between
 * numbers, by value, and between texts, by their characters: times in RFC 3339, all with as many digits and in UTC, are
 * in order. For {@code priority} they go from low to critical.
 */
public final class Filter {
    /** Conditions of a filter: {@code in} is one, however many values it lists. */
    public static final int MAX_CONDITIONS = 20;
    /** The deepest nesting of {@code and}, {@code or} and {@code not}, with the filter as the first level. */
    public static final int MAX_LEVELS = 5;
    /** The largest number of values of an {@code in}. */
    public static final int MAX_VALUES = 100;
    /** Characters of all paths and values together, and of a filter that comes as text. */
    public static final int MAX_SIZE = 16_384;

    /** The filter that matches every event. */
    public static final Filter ALL = new Filter(new All(List.of()));

    /** How much worse to look up than one value of a path that has many: every event has one of a few types. */
    private static final int FEW_VALUES = 10;

    private final FilterCondition condition;
    private final String text;
    private final Set<EqualityKey> keys;

    Filter(FilterCondition condition) {
        this.condition = condition;
        text = condition.text();
        keys = keys(condition);
    }

    /**
     * Reads a filter.
     *
     * @throws MillraceException {@link Failure#BAD_MESSAGE}, saying where something is wrong and what to do
     */
    public static Filter parse(JsonNode json) {
        return new FilterReader().read(json);
    }

    /**
     * Reads a filter from the text of its JSON.
     *
     * @throws MillraceException as {@link #parse}
     */
    public static Filter parseText(String json) {
        if (json.length() > MAX_SIZE) {
            throw new MillraceException(
                    Failure.BAD_MESSAGE, "filter: longer than " + MAX_SIZE + " characters; ask for less");
        }
        return parse(ClientJson.value("filter", json));
    }

    /** Whether an event, {@code {id, type, source, priority, data, metadata}}, is wanted. Allocates nothing. */
    public boolean matches(JsonNode event) {
        return condition.matches(event);
    }

    /**
     * Equalities of which every event that matches has at least one, as few as there are, for an index; empty if there
     * is no such set, and each event has to be tried.
     */
    public Set<EqualityKey> keys() {
        return keys;
    }

    private static Set<EqualityKey> keys(FilterCondition condition) {
        Set<EqualityKey> keys = new LinkedHashSet<>();
        if (condition instanceof Field field && field.passes() && field.test() instanceof OneOf test) {
            test.values().forEach(value -> keys.add(new EqualityKey(field.path(), value)));
        } else if (condition instanceof Any any) {
            for (FilterCondition part : any.parts()) {
                Set<EqualityKey> some = keys(part);
                if (some.isEmpty()) {
                    return Set.of();
                }
                keys.addAll(some);
            }
        } else if (condition instanceof All all) {
            int least = Integer.MAX_VALUE;
            for (FilterCondition part : all.parts()) {
                Set<EqualityKey> some = keys(part);
                int cost = some.stream().mapToInt(Filter::cost).sum();
                if (!some.isEmpty() && cost < least) {
                    least = cost;
                    keys.clear();
                    keys.addAll(some);
                }
            }
        }
        return Set.copyOf(keys);
    }

    private static int cost(EqualityKey equality) {
        String path = equality.path().toString();
        boolean few = !(equality.value() instanceof String || equality.value() instanceof Number);
        return few || path.equals("type") || path.equals("priority") ? FEW_VALUES : 1;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Filter that && text.equals(that.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    /** In canonical form. */
    @Override
    public String toString() {
        return text;
    }
}

package io.millrace.contracts.filter;

import io.millrace.contracts.filter.FilterCondition.All;
import io.millrace.contracts.filter.FilterCondition.Any;
import io.millrace.contracts.filter.FilterCondition.Field;
import io.millrace.contracts.filter.FilterCondition.OneOf;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Normalizes conditions, so that equal ones in another form and order become the same. */
final class FilterNormalizer {
    private FilterNormalizer() {}

    /** Joins conditions by {@code and}. */
    static FilterCondition all(List<FilterCondition> parts) {
        List<FilterCondition> flat = new ArrayList<>();
        for (FilterCondition part : parts) {
            if (part instanceof All nested) {
                flat.addAll(nested.parts());
            } else {
                flat.add(part);
            }
        }
        // Neither 1 nor 2 is not one of 1 and 2. But 1 and 2 is no shorter: an array may hold both.
        List<FilterCondition> distinct = merged(flat, false);
        return distinct.size() == 1 ? distinct.get(0) : new All(distinct);
    }

    /** Joins conditions by {@code or}. */
    static FilterCondition any(List<FilterCondition> parts) {
        List<FilterCondition> flat = new ArrayList<>();
        for (FilterCondition part : parts) {
            if (part instanceof Any nested) {
                flat.addAll(nested.parts());
            } else {
                flat.add(part);
            }
        }
        List<FilterCondition> distinct = merged(flat, true);
        return distinct.size() == 1 ? distinct.get(0) : new Any(distinct);
    }

    /** A test for any of several values. */
    static OneOf oneOf(Collection<Object> values) {
        List<Object> sorted = new ArrayList<>(new HashSet<>(values));
        sorted.sort(JsonScalars::compare);
        return new OneOf(List.copyOf(sorted));
    }

    /** Each once, sorted; those that ask one path for values (or for none of them) as one. */
    private static List<FilterCondition> merged(List<FilterCondition> parts, boolean passes) {
        Map<EventPath, Set<Object>> values = new LinkedHashMap<>();
        Map<String, FilterCondition> distinct = new TreeMap<>();
        for (FilterCondition part : parts) {
            if (part instanceof Field field && field.passes() == passes && field.test() instanceof OneOf test) {
                values.computeIfAbsent(field.path(), path -> new HashSet<>()).addAll(test.values());
            } else {
                distinct.put(part.text(), part);
            }
        }
        values.forEach((path, some) -> {
            Field field = new Field(path, oneOf(some), passes);
            distinct.put(field.text(), field);
        });
        return List.copyOf(distinct.values());
    }
}

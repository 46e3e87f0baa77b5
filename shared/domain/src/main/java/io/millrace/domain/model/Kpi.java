package io.millrace.domain.model;

import io.millrace.contracts.kpi.Rollup;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A figure over the committed events of one type.
 *
 * @param name the name, unique over all packs
 * @param field the field that is summed, averaged, compared or counted; null only if every event is counted
 * @param type the type of the counted events
 * @param every how often the live value is published
 * @param rollups the periods that are kept besides the total
 */
public record Kpi(
        String name,
        Function function,
        @Nullable FieldPath field,
        EventType type,
        Duration every,
        Set<Rollup> rollups) {
    /** The aggregation. An event whose field is missing or of the wrong type is ignored. */
    public enum Function {
        /** Of numbers. */
        SUM,
        /** Of events; with a field, of those that have one that isn't null. */
        COUNT,
        /** Of numbers. */
        AVERAGE,
        /** How many different texts, numbers and booleans. */
        DISTINCT,
        /** Of numbers. */
        MIN,
        /** Of numbers. */
        MAX
    }
}

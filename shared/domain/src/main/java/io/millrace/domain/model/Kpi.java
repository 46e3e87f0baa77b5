package io.millrace.domain.model;

import io.millrace.contracts.kpi.Rollup;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A figure over the committed events of one type.
 *
 * @param name unique over all packs
 * @param field what is summed, averaged, compared or told apart; null only where every event is counted
 * @param type whose events count
 * @param every how often the live value is told
 * @param rollups the periods that are kept besides the whole
 */
public record Kpi(
        String name,
        Function function,
        @Nullable FieldPath field,
        EventType type,
        Duration every,
        Set<Rollup> rollups) {
    /** What becomes of an event's field. Where that is missing or of the wrong kind, the event counts as nothing. */
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

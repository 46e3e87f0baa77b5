package io.millrace.domain.model;

import io.millrace.contracts.kpi.Rollup;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A figure over the committed events of one type.
 *
 * @param name the name, unique over all packs
 * @param field the field that is summed, averaged, compared or counted; null only if every event is counted
 * @param type the type of the counted events
 * @param every how often the live value is published, 1 s to 36,500 days
 * @param rollups the periods that are kept besides the total
 * @param windows the present periods over which the live value is given besides the total
 * @param zone the time zone in which days, weeks and months begin
 */
public record Kpi(
        String name,
        Function function,
        @Nullable FieldPath field,
        EventType type,
        Duration every,
        Set<Rollup> rollups,
        Set<Window> windows,
        ZoneId zone) {
    /** The prefix of the streams with live values; no namespace has such a stream. */
    public static final String STREAMS = "kpi:";

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

    /** A present period. */
    public enum Window {
        /** The last five minutes, in steps of ten seconds. */
        FIVE_MINUTES("5m"),
        /** The last hour, in steps of a minute. */
        HOUR("1h"),
        TODAY("today"),
        /** From Monday. */
        WEEK("week"),
        MONTH("month");

        private final String text;

        Window(String text) {
            this.text = text;
        }

        /** The name in packs and messages. */
        public String text() {
            return text;
        }
    }

    /** The stream with the live value. */
    public String stream() {
        return STREAMS + name;
    }
}

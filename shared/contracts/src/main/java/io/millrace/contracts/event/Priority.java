package io.millrace.contracts.event;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How urgent an event is, least first. */
public enum Priority {
    LOW,
    NORMAL,
    HIGH,
    CRITICAL;

    private final String wire = name().toLowerCase(Locale.ROOT);

    /** Whether events of this priority bypass the queue. */
    public boolean urgent() {
        return this == HIGH || this == CRITICAL;
    }

    /** The name in events and packs: {@code low}, {@code normal}, {@code high}, {@code critical}. */
    public String wire() {
        return wire;
    }

    /** The priority of that name; null if there is none. */
    public static @Nullable Priority of(@Nullable String wire) {
        if (wire == null) {
            return null;
        }
        return switch (wire) {
            case "low" -> LOW;
            case "normal" -> NORMAL;
            case "high" -> HIGH;
            case "critical" -> CRITICAL;
            default -> null;
        };
    }

    /** 0 to 2 low, 3 to 5 normal, 6 to 8 high, 9 critical; null for any other number. */
    public static @Nullable Priority ofNumber(int number) {
        if (number < 0 || number > 9) {
            return null;
        }
        return values()[number / 3];
    }
}

package io.millrace.benchmarks.report;

import java.util.HashMap;
import java.util.Map;

/** {@code name=value}, as {@code scripts/bench} gives them. */
public final class Arguments {
    private final Map<String, String> values = new HashMap<>();

    public Arguments(String[] args) {
        for (String arg : args) {
            String[] parts = arg.split("=", 2);
            values.put(parts[0], parts.length > 1 ? parts[1] : "");
        }
    }

    public String text(String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException(name + "= is missing");
        }
        return value;
    }

    public boolean has(String name) {
        return values.containsKey(name);
    }

    public int number(String name) {
        return Integer.parseInt(text(name));
    }

    /** Whether a first impression is enough. */
    public boolean quick() {
        return "true".equals(values.get("quick"));
    }
}

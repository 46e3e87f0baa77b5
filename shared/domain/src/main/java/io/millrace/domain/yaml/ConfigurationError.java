package io.millrace.domain.yaml;

import org.jspecify.annotations.Nullable;

/**
 * One mistake in the configuration, for whoever has to correct it.
 *
 * @param file as it was named, or where else the value came from: {@code environment}, {@code --set}
 * @param line from 1; 0 where there are no lines
 * @param path of the value: {@code types."order:created".priority}; may be empty
 * @param suggestion what was probably meant
 */
public record ConfigurationError(String file, int line, String path, String message, @Nullable String suggestion) {
    @Override
    public String toString() {
        return file
                + (line > 0 ? ":" + line : "")
                + (path.isEmpty() ? "" : " " + path)
                + ": "
                + message
                + (suggestion == null ? "" : " — did you mean \"" + suggestion + "\"?");
    }
}

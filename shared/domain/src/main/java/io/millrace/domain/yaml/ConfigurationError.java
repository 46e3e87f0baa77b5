package io.millrace.domain.yaml;

import org.jspecify.annotations.Nullable;

/**
 * One mistake in the configuration.
 *
 * @param file the file's name, or another source of the value: {@code environment}, {@code --set}
 * @param line the line, from 1; 0 without lines
 * @param path the path of the value: {@code types."order:created".priority}; may be empty
 * @param suggestion what was probably meant; null if nothing is similar
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

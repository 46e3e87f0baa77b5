package io.millrace.platform.settings;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A setting's value as it was given, and its source. */
interface RawValue {
    /** The value as text; null if it is a list. */
    @Nullable
    String text();

    /** The value as a list, separated by commas; null if it has anything but texts. */
    @Nullable
    List<String> items();

    /** Where it was given, for operators. */
    String place();

    ConfigurationError problem(String message, @Nullable String suggestion);

    /** A value from the environment or the command line. */
    record Said(String where, String name, String text) implements RawValue {
        @Override
        public List<String> items() {
            List<String> items = new ArrayList<>();
            for (String item : text.split(",", -1)) {
                if (!item.isBlank()) {
                    items.add(item.strip());
                }
            }
            return items;
        }

        @Override
        public String place() {
            return where + " " + name;
        }

        @Override
        public ConfigurationError problem(String message, @Nullable String suggestion) {
            return new ConfigurationError(where, 0, name, message, suggestion);
        }
    }

    /** A value from the file. */
    record Written(YamlNode written) implements RawValue {
        @Override
        public @Nullable String text() {
            return written.node().isArray() ? null : written.node().asText();
        }

        @Override
        public @Nullable List<String> items() {
            String text = text();
            if (text != null) {
                return new Said("", "", text).items();
            }
            List<String> items = new ArrayList<>();
            for (JsonNode item : written.node()) {
                if (!item.isValueNode() || item.isNull()) {
                    return null;
                }
                items.add(item.asText());
            }
            return items;
        }

        @Override
        public String place() {
            return written.where();
        }

        @Override
        public ConfigurationError problem(String message, @Nullable String suggestion) {
            return written.problem(message, suggestion);
        }
    }

    /** The value as messages show it. */
    default String shown() {
        String text = text();
        return text == null ? "a list" : "\"" + text + "\"";
    }
}

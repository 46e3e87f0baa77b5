package io.millrace.platform.settings;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A value as somebody gave it, and where. */
interface RawValue {
    /** Null if it is a list. */
    @Nullable
    String text();

    /** As a list, commas parting it; null if it holds anything but texts. */
    @Nullable
    List<String> items();

    ConfigurationError problem(String message, @Nullable String suggestion);

    /** From the environment or the command line. */
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
        public ConfigurationError problem(String message, @Nullable String suggestion) {
            return new ConfigurationError(where, 0, name, message, suggestion);
        }
    }

    /** From the file. */
    record Written(YamlNode place) implements RawValue {
        @Override
        public @Nullable String text() {
            return place.node().isArray() ? null : place.node().asText();
        }

        @Override
        public @Nullable List<String> items() {
            String text = text();
            if (text != null) {
                return new Said("", "", text).items();
            }
            List<String> items = new ArrayList<>();
            for (JsonNode item : place.node()) {
                if (!item.isValueNode() || item.isNull()) {
                    return null;
                }
                items.add(item.asText());
            }
            return items;
        }

        @Override
        public ConfigurationError problem(String message, @Nullable String suggestion) {
            return place.problem(message, suggestion);
        }
    }

    /** As a message shows it. */
    default String shown() {
        String text = text();
        return text == null ? "a list" : "\"" + text + "\"";
    }
}

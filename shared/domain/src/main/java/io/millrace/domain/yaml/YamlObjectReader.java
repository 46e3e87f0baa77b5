package io.millrace.domain.yaml;

import io.millrace.contracts.text.Suggestions;
import io.millrace.domain.model.FieldPath;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads a block of known keys in a YAML file. Mistakes are collected, and wrong values are read as missing. */
public final class YamlObjectReader {
    private final YamlNode place;
    private final List<ConfigurationError> problems;

    private YamlObjectReader(YamlNode place, List<ConfigurationError> problems) {
        this.place = place;
        this.problems = problems;
    }

    /** Opens the block at a node and reports unknown keys; null, with a mistake, if there is no block. */
    public static @Nullable YamlObjectReader of(YamlNode place, List<ConfigurationError> problems, String... keys) {
        List<String> known = Arrays.asList(keys);
        if (!place.node().isObject()) {
            problems.add(place.problem(place.shown() + " where a block of " + String.join(", ", known) + " belongs"));
            return null;
        }
        for (YamlNode child : place.children()) {
            String key = child.key();
            if (!known.contains(key)) {
                problems.add(child.problem(
                        "unknown; known here: " + String.join(", ", known), Suggestions.closest(key, known)));
            }
        }
        return new YamlObjectReader(place, problems);
    }

    public YamlNode at(String key) {
        return place.at(key);
    }

    public void wrong(String key, String message) {
        problems.add(at(key).problem(message));
    }

    public boolean has(String key) {
        return !at(key).empty();
    }

    /** Null if it isn't there. */
    @Nullable
    public String text(String key) {
        YamlNode at = at(key);
        if (at.empty()) {
            return null;
        }
        if (!at.node().isTextual() || at.node().textValue().isBlank()) {
            wrong(key, at.shown() + " where a text belongs");
            return null;
        }
        return at.node().textValue();
    }

    /** Null, and noted, if it isn't there. */
    @Nullable
    public String required(String key) {
        if (!has(key)) {
            wrong(key, "is missing");
            return null;
        }
        return text(key);
    }

    @Nullable
    public String matching(@Nullable String text, String key, Pattern form, String what) {
        if (text == null || form.matcher(text).matches()) {
            return text;
        }
        wrong(key, at(key).shown() + " is not a valid " + what);
        return null;
    }

    public boolean flag(String key, boolean fallback) {
        YamlNode at = at(key);
        if (at.empty()) {
            return fallback;
        }
        if (!at.node().isBoolean()) {
            wrong(key, at.shown() + " where true or false belongs");
            return fallback;
        }
        return at.node().booleanValue();
    }

    /** One of an enum's names, in lower case. */
    public <E extends Enum<E>> @Nullable E choice(String key, String what, Class<E> kind) {
        YamlNode at = at(key);
        if (at.empty()) {
            return null;
        }
        List<String> names = new ArrayList<>();
        for (E constant : kind.getEnumConstants()) {
            String name = constant.name().toLowerCase(Locale.ROOT);
            if (at.node().isTextual() && name.equals(at.node().textValue())) {
                return constant;
            }
            names.add(name);
        }
        problems.add(at.problem(
                at.shown() + " is not a valid " + what + ": " + String.join(", ", names),
                Suggestions.closest(at.node().asText(), names)));
        return null;
    }

    /** At least a second, at most a hundred years. */
    @Nullable
    public Duration duration(String key) {
        YamlNode at = at(key);
        if (at.empty()) {
            return null;
        }
        Duration duration = Durations.parse(at.node().asText());
        if (duration == null) {
            wrong(key, at.shown() + " is not a valid duration: " + Durations.FORM);
        } else if (duration.toSeconds() < 1 || duration.toDays() > 36_500) {
            wrong(key, at.shown() + " is not between 1s and 36500d");
            return null;
        }
        return duration;
    }

    /** A number of bytes; null if it is missing, or with a mistake if it is invalid or out of range. */
    @Nullable
    public Long bytes(String key, long least, long most) {
        YamlNode at = at(key);
        if (at.empty()) {
            return null;
        }
        Long bytes = ByteSizes.parse(at.node().asText());
        if (bytes == null) {
            wrong(key, at.shown() + " is not a valid amount of bytes: " + ByteSizes.FORM);
        } else if (bytes < least || bytes > most) {
            wrong(key, at.shown() + " is not between " + ByteSizes.text(least) + " and " + ByteSizes.text(most));
            return null;
        }
        return bytes;
    }

    /** A text that is parsed further; the parser's exception is the mistake. */
    public <T> @Nullable T compiled(@Nullable String text, String key, Function<String, T> compiler) {
        if (text == null) {
            return null;
        }
        try {
            return compiler.apply(text);
        } catch (IllegalArgumentException wrong) {
            wrong(key, String.valueOf(wrong.getMessage()));
            return null;
        }
    }

    @Nullable
    public FieldPath path(String key) {
        return compiled(text(key), key, FieldPath::compile);
    }

    /** The texts of a list, each with its node. */
    public List<YamlNode> texts(String key) {
        YamlNode at = at(key);
        if (at.empty()) {
            return List.of();
        }
        if (!at.node().isArray()) {
            wrong(key, at.shown() + " where a list belongs");
            return List.of();
        }
        List<YamlNode> texts = new ArrayList<>();
        for (YamlNode item : at.children()) {
            if (item.node().isTextual() && !item.node().textValue().isBlank()) {
                texts.add(item);
            } else {
                problems.add(item.problem(item.shown() + " where a text belongs"));
            }
        }
        return texts;
    }
}

package io.millrace.platform.settings;

import io.millrace.contracts.cluster.NodeConfiguration;
import io.millrace.contracts.text.Suggestions;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.domain.yaml.YamlDocument;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The operator's settings. Each part of the program reads its settings by name, with a default and bounds. Mistakes are
 * collected, with the default in place of a wrong value, and {@link #check()} reports all of them at once. A value
 * comes from the command line, else from the environment ({@code queue.maxPoll} is {@code MILLRACE_QUEUE_MAX_POLL}),
 * else from the file. Used by one thread, at start.
 */
public final class Settings {
    static final String SECRET = "secret";

    private static final long MAX_SECRET = 65_536;

    private final SettingSources sources;
    private final Map<String, SettingInfo> known = new LinkedHashMap<>();
    private final Map<String, String> variables = new LinkedHashMap<>();
    private final Set<ConfigurationError> problems = new LinkedHashSet<>();

    private Settings(SettingSources sources, List<ConfigurationError> problems) {
        this.sources = sources;
        this.problems.addAll(problems);
    }

    /**
     * Loads the given values.
     *
     * @param file the settings file, which must exist; null for none
     * @param environment the environment, of which only {@code MILLRACE_…} is read
     * @param overrides the values of the command line, by name
     * @throws InvalidConfigurationException if the file can't be read
     */
    public static Settings load(@Nullable Path file, Map<String, String> environment, Map<String, String> overrides)
            throws InvalidConfigurationException {
        List<ConfigurationError> problems = new ArrayList<>();
        YamlDocument tree = file == null ? null : YamlFiles.read(file, problems);
        if (file != null && tree == null) {
            throw new InvalidConfigurationException(problems);
        }
        return new Settings(new SettingSources(tree == null ? null : tree.root(), environment, overrides), problems);
    }

    public int integer(String name, int fallback, int min, int max) {
        return quantity(ValueFormat.NUMBER, name, (long) fallback, (long) min, (long) max)
                .intValue();
    }

    public long longValue(String name, long fallback, long min, long max) {
        return quantity(ValueFormat.NUMBER, name, fallback, min, max);
    }

    public boolean bool(String name, boolean fallback) {
        register(name, "true or false", Boolean.toString(fallback), "");
        RawValue given = sources.of(name);
        String text = given == null ? null : given.text();
        if (given == null || "true".equals(text) || "false".equals(text)) {
            return given == null ? fallback : "true".equals(text);
        }
        refuse(given, "is neither true nor false");
        return fallback;
    }

    /** A text; never blank, unless the default is. */
    public String text(String name, String fallback) {
        register(name, "text", fallback, "");
        String text = scalar(name);
        return text == null ? fallback : text;
    }

    /** A text; null if it was not given. */
    public @Nullable String optionalText(String name) {
        register(name, "text", "", "");
        RawValue given = sources.of(name);
        // A container removes a value by setting its variable to nothing.
        return given != null && "".equals(given.text()) ? null : scalar(name);
    }

    private @Nullable String scalar(String name) {
        RawValue given = sources.of(name);
        if (given == null) {
            return null;
        }
        String text = given.text();
        if (text == null || text.isBlank()) {
            refuse(given, text == null ? "is a list where a text belongs" : "is empty");
            return null;
        }
        return text;
    }

    /** A duration, written as {@code 500ms 10s 15m 12h 30d}. */
    public Duration duration(String name, Duration fallback, Duration min, Duration max) {
        return quantity(ValueFormat.DURATION, name, fallback, min, max);
    }

    /** A number of bytes, written as {@code 65536}, {@code 512KiB}, {@code 1MiB}, {@code 2GiB}. */
    public long bytes(String name, long fallback, long min, long max) {
        return quantity(ValueFormat.BYTES, name, fallback, min, max);
    }

    /** A list in the file, or a text with commas from any source; an empty text is an empty list. */
    public List<String> texts(String name, List<String> fallback) {
        register(name, "list", String.join(",", fallback), "");
        RawValue given = sources.of(name);
        List<String> items = given == null ? null : given.items();
        if (given != null && items == null) {
            refuse(given, "holds something else than texts");
        }
        return items == null ? List.copyOf(fallback) : List.copyOf(items);
    }

    /** One of an enum's names, written in lower case and with {@code -} for {@code _}. */
    public <E extends Enum<E>> E choice(String name, Class<E> kind, E fallback) {
        List<String> names = new ArrayList<>();
        for (E constant : kind.getEnumConstants()) {
            names.add(written(constant));
        }
        String all = String.join(", ", names);
        register(name, "one of " + all, written(fallback), "");
        RawValue given = sources.of(name);
        if (given == null) {
            return fallback;
        }
        String text = given.text();
        if (text != null && names.contains(text)) {
            return kind.getEnumConstants()[names.indexOf(text)];
        }
        problems.add(given.problem(
                given.shown() + " is none of " + all, text == null ? null : Suggestions.closest(text, names)));
        return fallback;
    }

    private static String written(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * A secret: from the environment, or from the file that its variable with {@code _FILE} names, without a line break
     * at its end. Null if it was not given. Neither the settings file, which is kept, nor the command line, which every
     * user of the machine can read, may have it.
     */
    public @Nullable String secret(String name) {
        register(name, SECRET, "", "");
        String variable = SettingSources.variable(name);
        String instead = "is a secret: set " + variable + " or, better, " + variable + "_FILE";
        for (RawValue open : new @Nullable RawValue[] {sources.ofFile(name), sources.ofCommandLine(name)}) {
            if (open != null) {
                refuse(open, instead);
            }
        }
        RawValue value = sources.ofEnvironment(variable);
        RawValue file = sources.ofEnvironment(variable + "_FILE");
        if (value != null && file != null) {
            refuse(file, "there is " + variable + " too; which one counts?");
        }
        String secret = value != null ? value.text() : file != null ? contents(file) : null;
        if (value != null && "".equals(secret)) {
            refuse(value, "is empty");
            return null;
        }
        return secret;
    }

    /** The messages don't repeat the variable's value, which may be the secret itself by mistake. */
    private @Nullable String contents(RawValue file) {
        try {
            Path path = Path.of(String.valueOf(file.text()));
            if (Files.size(path) > MAX_SECRET) {
                refuse(file, "names a file of more than " + MAX_SECRET + " bytes");
                return null;
            }
            String secret = Files.readString(path).replaceFirst("\\r?\\n\\z", "");
            if (secret.isEmpty()) {
                refuse(file, "names an empty file");
                return null;
            }
            return secret;
        } catch (IOException | IllegalArgumentException unreadable) {
            refuse(
                    file,
                    "names a file that can't be read: " + unreadable.getClass().getSimpleName());
            return null;
        }
    }

    /** Adds a mistake about a setting that is valid by itself but contradicts another one. */
    public void refuse(String name, String message) {
        RawValue given = sources.of(name);
        problems.add(
                given == null
                        ? new ConfigurationError("default", 0, name, message, null)
                        : given.problem(message, null));
    }

    private void refuse(RawValue given, String message) {
        problems.add(given.problem(message, null));
    }

    /** The settings that were read so far, in that order. */
    public List<SettingInfo> known() {
        return List.copyOf(known.values());
    }

    /** The settings that were read so far, with what counts of each and where it was given; never a secret. */
    public NodeConfiguration effective() {
        return new NodeConfiguration(EffectiveSettings.of(known(), sources));
    }

    /**
     * Reports all mistakes. Called when every part of the program, deployed here or not, has read its settings.
     *
     * @throws InvalidConfigurationException with all mistakes, including unknown names
     */
    public void check() throws InvalidConfigurationException {
        // Several stages may read one setting, and each finds its mistake.
        List<ConfigurationError> all = new ArrayList<>(new LinkedHashSet<>(problems));
        all.addAll(sources.unknownSettings(known.values()));
        if (!all.isEmpty()) {
            throw new InvalidConfigurationException(all);
        }
    }

    private void register(String name, String kind, String fallback, String range) {
        SettingInfo asked = new SettingInfo(name, kind, fallback, range);
        SettingInfo before = known.putIfAbsent(name, asked);
        if (before != null && !before.equals(asked)) {
            throw new IllegalStateException("asked for twice, and differently: " + before + ", " + asked);
        }
        String other = variables.putIfAbsent(SettingSources.variable(name), name);
        if (other != null && !other.equals(name)) {
            throw new IllegalStateException(name + " and " + other + " share " + SettingSources.variable(name));
        }
    }

    private <T extends Comparable<T>> T quantity(ValueFormat<T> form, String name, T fallback, T min, T max) {
        String range = form.writer().apply(min) + " to " + form.writer().apply(max);
        register(name, form.kind(), form.writer().apply(fallback), range);
        RawValue given = sources.of(name);
        if (given == null) {
            return fallback;
        }
        String text = given.text();
        T value = text == null ? null : form.parser().parse(text.strip());
        if (value == null) {
            refuse(given, given.shown() + " is not a valid " + form.described());
            return fallback;
        }
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            refuse(given, given.shown() + " is not within " + range);
            return fallback;
        }
        return value;
    }
}

package io.millrace.platform.settings;

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
 * What the operator decides. Each part of the program asks for its settings by name, with default and bounds; what is
 * wrong is gathered, the default taken in its place, and {@link #check()} reports everything at once. A value comes from
 * the command line, else from the environment ({@code queue.maxPoll} is {@code MILLRACE_QUEUE_MAX_POLL}), else from the
 * file. One thread, at start.
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
     * What was given, to be asked for one by one.
     *
     * @param file null for none; one that is named must be there
     * @param environment only {@code MILLRACE_…} is looked at
     * @param overrides the command line's, by name
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

    /** Never blank, unless the default is. */
    public String text(String name, String fallback) {
        register(name, "text", fallback, "");
        String text = scalar(name);
        return text == null ? fallback : text;
    }

    /** Null if nobody gave it. */
    public @Nullable String optionalText(String name) {
        register(name, "text", "", "");
        RawValue given = sources.of(name);
        // A variable that is set to nothing is how a container takes a value back.
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

    /** Written as {@code 500ms 10s 15m 12h 30d}. */
    public Duration duration(String name, Duration fallback, Duration min, Duration max) {
        return quantity(ValueFormat.DURATION, name, fallback, min, max);
    }

    /** Written as {@code 65536}, {@code 512KiB}, {@code 1MiB}, {@code 2GiB}. */
    public long bytes(String name, long fallback, long min, long max) {
        return quantity(ValueFormat.BYTES, name, fallback, min, max);
    }

    /** A list in the file, or a text with commas anywhere; an empty one is a list of nothing. */
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
     * What nobody else may read: from the environment, or from the file that its variable with {@code _FILE} names, a
     * line break at its end left out. Null if nobody gave it. Neither the file of settings, which is kept, nor the command
     * line, which every user of the machine can read, may hold it.
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

    /** The messages don't repeat what the variable holds: somebody may have put the secret itself there. */
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

    /** Notes that a setting, though right by itself, can't be used; for contradictions between several. */
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

    /** All that were asked for so far, in that order. */
    public List<SettingInfo> known() {
        return List.copyOf(known.values());
    }

    /**
     * To be called when every part of the program, deployed here or not, has asked for its settings.
     *
     * @throws InvalidConfigurationException with everything that is wrong, names included that nobody asked for
     */
    public void check() throws InvalidConfigurationException {
        List<ConfigurationError> all = new ArrayList<>(problems);
        all.addAll(sources.strangers(known.values()));
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

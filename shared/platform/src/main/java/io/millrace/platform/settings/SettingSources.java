package io.millrace.platform.settings;

import io.millrace.contracts.text.Suggestions;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The sources of values: the command line before the environment before the file. */
final class SettingSources {
    /** The new names of settings that were renamed before 0.1.0, for the message about an old name. */
    private static final Map<String, String> RENAMED = Map.ofEntries(
            Map.entry("aggregate.readers", "aggregate.read.pool.size"),
            Map.entry("api.shared.age", "http.shared.age"),
            Map.entry("api.shared.stale", "http.shared.stale"),
            Map.entry("broadcast.attempts.max", "broadcast.connect.rate"),
            Map.entry("broadcast.histories.max", "broadcast.history.concurrency"),
            Map.entry("broadcast.messages.max", "broadcast.message.rate"),
            Map.entry("broadcast.polls.max", "broadcast.poll.rate"),
            Map.entry("broadcast.retreat", "broadcast.reconnect.spread"),
            Map.entry("broadcast.slow.max", "broadcast.slow.timeout"),
            Map.entry("broadcast.tickets.max", "broadcast.ticket.rate"),
            Map.entry("cache.known.max", "cache.versions.max"),
            Map.entry("drain.notice", "drain.delay"),
            Map.entry("http.slow", "http.read.timeout"),
            Map.entry("persistence.memory.max", "persistence.cache.max"),
            Map.entry("persistence.readers", "persistence.read.pool.size"),
            Map.entry("queue.acts.max", "queue.redrive.max"),
            Map.entry("router.detour.max", "router.fallback.max"));

    static final String ENVIRONMENT = "environment";
    static final String COMMAND_LINE = "--set";

    private static final String PREFIX = "MILLRACE_";
    /** Variables that only scripts and the container read. */
    private static final Set<String> NOT_SETTINGS = Set.of("MILLRACE_HOME", "MILLRACE_JAVA_OPTS");
    /**
     * Kubernetes sets such variables for each service; those of a service called millrace-api would look like settings.
     */
    private static final Pattern SERVICE_LINK = Pattern.compile(
            "MILLRACE_([A-Z0-9_]+_)?(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_\\d+_(TCP|UDP|SCTP)(_[A-Z]+)?)");

    private static final Pattern SERVICE_ADDRESS = Pattern.compile("(tcp|udp|sctp)://.*");

    private final Map<String, RawValue> file = new LinkedHashMap<>();
    private final Map<String, String> environment;
    private final Map<String, String> commandLine;

    SettingSources(@Nullable YamlNode root, Map<String, String> environment, Map<String, String> commandLine) {
        this.environment = Map.copyOf(environment);
        this.commandLine = new LinkedHashMap<>(commandLine);
        if (root != null && !root.empty()) {
            flatten(root, "");
        }
    }

    private void flatten(YamlNode place, String name) {
        if (place.node().isObject()) {
            for (YamlNode child : place.children()) {
                flatten(child, name.isEmpty() ? child.key() : name + "." + child.key());
            }
        } else if (!place.empty()) {
            file.put(name, new RawValue.Written(place));
        }
    }

    /** {@code queue.maxPoll} is {@code MILLRACE_QUEUE_MAX_POLL}. */
    static String variable(String name) {
        return PREFIX
                + name.replaceAll("([a-z0-9])([A-Z])", "$1_$2")
                        .replace('.', '_')
                        .toUpperCase(Locale.ROOT);
    }

    /** The value of a setting from the first source that has it; null if none has. */
    @Nullable
    RawValue of(String name) {
        String said = commandLine.get(name);
        if (said != null) {
            return new RawValue.Said(COMMAND_LINE, name, said);
        }
        RawValue set = ofEnvironment(variable(name));
        return set != null ? set : file.get(name);
    }

    @Nullable
    RawValue ofEnvironment(String variable) {
        String set = environment.get(variable);
        return set == null ? null : new RawValue.Said(ENVIRONMENT, variable, set);
    }

    @Nullable
    RawValue ofFile(String name) {
        return file.get(name);
    }

    @Nullable
    RawValue ofCommandLine(String name) {
        String said = commandLine.get(name);
        return said == null ? null : new RawValue.Said(COMMAND_LINE, name, said);
    }

    /** The values that were given and never read. */
    List<ConfigurationError> unknownSettings(Collection<SettingInfo> known) {
        Set<String> names = new TreeSet<>();
        Set<String> variables = new TreeSet<>();
        for (SettingInfo setting : known) {
            names.add(setting.name());
            variables.add(variable(setting.name()));
            if (setting.kind().equals(Settings.SECRET)) {
                variables.add(variable(setting.name()) + "_FILE");
            }
        }
        List<ConfigurationError> problems = new ArrayList<>();
        file.forEach((name, given) -> reportUnknown(name, given, names, problems));
        for (String variable : new TreeSet<>(environment.keySet())) {
            if (variable.startsWith(PREFIX) && !variables.contains(variable) && !isForeign(variable)) {
                String renamed = RENAMED.entrySet().stream()
                        .filter(pair -> variable(pair.getKey()).equals(variable))
                        .map(pair -> "was renamed to " + variable(pair.getValue()))
                        .findFirst()
                        .orElse(null);
                problems.add(new ConfigurationError(
                        ENVIRONMENT,
                        0,
                        variable,
                        renamed == null ? "there is no such setting" : renamed,
                        renamed == null ? Suggestions.closest(variable, variables) : null));
            }
        }
        commandLine.forEach(
                (name, said) -> reportUnknown(name, new RawValue.Said(COMMAND_LINE, name, said), names, problems));
        return problems;
    }

    private static void reportUnknown(
            String name, RawValue given, Set<String> names, List<ConfigurationError> problems) {
        if (names.contains(name)) {
            return;
        }
        String renamed = RENAMED.get(name);
        if (renamed != null) {
            problems.add(given.problem("was renamed to " + renamed, null));
            return;
        }
        Set<String> within = new HashSet<>();
        for (String known : names) {
            if (known.startsWith(name + ".")) {
                within.add(known.substring(name.length() + 1));
            }
        }
        problems.add(
                within.isEmpty()
                        ? given.problem("there is no such setting", Suggestions.closest(name, names))
                        : given.problem("is a block of " + String.join(", ", new TreeSet<>(within)), null));
    }

    private boolean isForeign(String variable) {
        return NOT_SETTINGS.contains(variable)
                || SERVICE_LINK.matcher(variable).matches()
                || (variable.endsWith("_PORT")
                        && SERVICE_ADDRESS
                                .matcher(environment.getOrDefault(variable, ""))
                                .matches());
    }
}

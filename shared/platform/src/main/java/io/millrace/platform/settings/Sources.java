package io.millrace.platform.settings;

import io.millrace.contracts.domain.Place;
import io.millrace.contracts.domain.Problem;
import io.millrace.contracts.domain.Suggest;
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

/** Where values come from: the file, above it the environment, above that the command line. */
final class Sources {
    static final String ENVIRONMENT = "environment";
    static final String COMMAND_LINE = "--set";

    private static final String PREFIX = "MILLRACE_";
    /** What scripts and the container read, and the program doesn't. */
    private static final Set<String> NOT_SETTINGS = Set.of("MILLRACE_HOME", "MILLRACE_JAVA_OPTS");
    /** Kubernetes tells each pod of each service beside it so; a service called millrace-api would look like a setting. */
    private static final Pattern SERVICE_LINK = Pattern.compile(
            "MILLRACE_([A-Z0-9_]+_)?(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_\\d+_(TCP|UDP|SCTP)(_[A-Z]+)?)");

    private static final Pattern SERVICE_ADDRESS = Pattern.compile("(tcp|udp|sctp)://.*");

    private final Map<String, Given> file = new LinkedHashMap<>();
    private final Map<String, String> environment;
    private final Map<String, String> commandLine;

    Sources(@Nullable Place root, Map<String, String> environment, Map<String, String> commandLine) {
        this.environment = Map.copyOf(environment);
        this.commandLine = new LinkedHashMap<>(commandLine);
        if (root != null && !root.empty()) {
            flatten(root, "");
        }
    }

    private void flatten(Place place, String name) {
        if (place.node().isObject()) {
            for (Place child : place.children()) {
                flatten(child, name.isEmpty() ? child.key() : name + "." + child.key());
            }
        } else if (!place.empty()) {
            file.put(name, new Given.Written(place));
        }
    }

    /** {@code queue.maxPoll} is {@code MILLRACE_QUEUE_MAX_POLL}. */
    static String variable(String name) {
        return PREFIX
                + name.replaceAll("([a-z0-9])([A-Z])", "$1_$2")
                        .replace('.', '_')
                        .toUpperCase(Locale.ROOT);
    }

    /** What counts for a setting; null if nobody gave it. */
    @Nullable
    Given of(String name) {
        String said = commandLine.get(name);
        if (said != null) {
            return new Given.Said(COMMAND_LINE, name, said);
        }
        Given set = ofEnvironment(variable(name));
        return set != null ? set : file.get(name);
    }

    @Nullable
    Given ofEnvironment(String variable) {
        String set = environment.get(variable);
        return set == null ? null : new Given.Said(ENVIRONMENT, variable, set);
    }

    @Nullable
    Given ofFile(String name) {
        return file.get(name);
    }

    @Nullable
    Given ofCommandLine(String name) {
        String said = commandLine.get(name);
        return said == null ? null : new Given.Said(COMMAND_LINE, name, said);
    }

    /** Whatever was given and nobody asks for. */
    List<Problem> strangers(Collection<Known> known) {
        Set<String> names = new TreeSet<>();
        Set<String> variables = new TreeSet<>();
        for (Known setting : known) {
            names.add(setting.name());
            variables.add(variable(setting.name()));
            if (setting.kind().equals(Settings.SECRET)) {
                variables.add(variable(setting.name()) + "_FILE");
            }
        }
        List<Problem> problems = new ArrayList<>();
        file.forEach((name, given) -> stranger(name, given, names, problems));
        for (String variable : new TreeSet<>(environment.keySet())) {
            if (variable.startsWith(PREFIX) && !variables.contains(variable) && !foreign(variable)) {
                problems.add(new Problem(
                        ENVIRONMENT, 0, variable, "there is no such setting", Suggest.closest(variable, variables)));
            }
        }
        commandLine.forEach((name, said) -> stranger(name, new Given.Said(COMMAND_LINE, name, said), names, problems));
        return problems;
    }

    private static void stranger(String name, Given given, Set<String> names, List<Problem> problems) {
        if (names.contains(name)) {
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
                        ? given.problem("there is no such setting", Suggest.closest(name, names))
                        : given.problem("is a block of " + String.join(", ", new TreeSet<>(within)), null));
    }

    private boolean foreign(String variable) {
        return NOT_SETTINGS.contains(variable)
                || SERVICE_LINK.matcher(variable).matches()
                || (variable.endsWith("_PORT")
                        && SERVICE_ADDRESS
                                .matcher(environment.getOrDefault(variable, ""))
                                .matches());
    }
}

package io.millrace.domain.pack;

import io.millrace.contracts.event.Priority;
import io.millrace.contracts.text.Suggestions;
import io.millrace.domain.access.Role;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlNode;
import io.millrace.domain.yaml.YamlObjectReader;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Reads one role of a pack: its rules of what it sees, publishes and manages. */
final class RoleReader {
    private static final Pattern SEE = Pattern.compile("(\\S+)( +own)?");
    private static final Pattern PUBLISH = Pattern.compile("(\\S+)( +own| +any)?");

    private final List<ConfigurationError> problems;

    private RoleReader(List<ConfigurationError> problems) {
        this.problems = problems;
    }

    static Pack.RoleDecl read(YamlNode place, List<ConfigurationError> problems) {
        return new RoleReader(problems).role(place);
    }

    private Pack.RoleDecl role(YamlNode place) {
        YamlObjectReader section =
                YamlObjectReader.of(place, problems, "see", "publish", "priority", "sources", "manage");
        if (section == null) {
            return new Pack.RoleDecl(place.key(), List.of(), List.of(), null, List.of(), List.of());
        }
        List<Pack.Rule> see = new ArrayList<>();
        for (YamlNode rule : section.texts("see")) {
            var matcher = SEE.matcher(rule.node().textValue().strip());
            if (matcher.matches()) {
                see.add(new Pack.Rule(rule, matcher.group(1), matcher.group(2) != null));
            } else {
                problems.add(rule.problem(
                        rule.shown() + " is not a valid rule: a type or the beginning of one and *, then own"
                                + " if only one's own are seen"));
            }
        }
        List<String> sources = section.texts("sources").stream()
                .map(source -> source.node().textValue().strip())
                .toList();
        return new Pack.RoleDecl(
                place.key(),
                see,
                publish(section),
                section.choice("priority", "priority", Priority.class),
                sources,
                manage(section));
    }

    private List<Pack.Rule> publish(YamlObjectReader role) {
        List<Pack.Rule> publish = new ArrayList<>();
        for (YamlNode pattern : role.texts("publish")) {
            var matcher = PUBLISH.matcher(pattern.node().textValue().strip());
            if (matcher.matches()) {
                String whose = matcher.group(2);
                publish.add(new Pack.Rule(
                        pattern,
                        matcher.group(1),
                        whose != null && whose.strip().equals("own")));
            } else {
                problems.add(pattern.problem(
                        pattern.shown() + " is not a valid rule: a type or the beginning of one and *, then own"
                                + " for one's own only, or any for those of others too"));
            }
        }
        return publish;
    }

    private List<String> manage(YamlObjectReader role) {
        List<String> manage = new ArrayList<>();
        for (YamlNode place : role.texts("manage")) {
            String text = place.node().textValue().strip();
            if (Role.MANAGEABLE.contains(text)) {
                manage.add(text);
            } else {
                problems.add(place.problem(
                        place.shown() + " is not one of " + String.join(", ", Role.MANAGEABLE),
                        Suggestions.closest(text, Role.MANAGEABLE)));
            }
        }
        return manage;
    }
}

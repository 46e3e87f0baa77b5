package io.millrace.sinks.file;

import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.filter.Filter;
import io.millrace.contracts.text.Suggestions;
import io.millrace.domain.DomainModel;
import io.millrace.domain.access.AccessLevel;
import io.millrace.domain.access.Role;
import io.millrace.domain.model.EventType;
import io.millrace.domain.model.Namespace;
import io.millrace.domain.model.StreamTemplate;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlNode;
import io.millrace.domain.yaml.YamlObjectReader;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.delivery.Visibility;
import io.millrace.sinks.message.StreamSelection;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads which events a sink wants, and checks that it may see some of them. Belongs to one thread. */
final class SelectionReader {
    private final @Nullable DomainModel domains;
    private final List<ConfigurationError> problems;

    SelectionReader(@Nullable DomainModel domains, List<ConfigurationError> problems) {
        this.domains = domains;
        this.problems = problems;
    }

    StreamSelection read(YamlObjectReader block, Principal reader) {
        Set<String> names = new LinkedHashSet<>();
        Set<String> prefixes = new LinkedHashSet<>();
        Set<String> types = types(block, reader);
        if (block.has("streams")) {
            for (YamlNode stream : block.texts("streams")) {
                String text = stream.node().textValue();
                if (!(text.endsWith("*") ? prefixes.add(text.substring(0, text.length() - 1)) : names.add(text))) {
                    problems.add(stream.problem("is there twice"));
                }
                checkStream(stream, text, reader);
            }
            if (names.isEmpty() && prefixes.isEmpty()) {
                block.wrong("streams", "names no stream");
            }
        } else if (types.isEmpty()) {
            block.wrong("streams", "is missing: name streams, or types");
        } else {
            addStreamsOf(types, names, prefixes);
        }
        return new StreamSelection(List.copyOf(names), List.copyOf(prefixes), types, filter(block));
    }

    /** Without a list of streams those in which the types are. */
    private void addStreamsOf(Set<String> types, Set<String> names, Set<String> prefixes) {
        for (EventType type : domains == null ? List.<EventType>of() : domains.types()) {
            if (types.stream().anyMatch(pattern -> Role.covers(pattern, type.name()))) {
                StreamTemplate template = type.namespace().stream();
                (template.keyed() ? prefixes : names).add(template.prefix());
            }
        }
    }

    private Set<String> types(YamlObjectReader block, Principal reader) {
        Set<String> types = new LinkedHashSet<>();
        for (YamlNode place : block.texts("types")) {
            String pattern = place.node().textValue();
            types.add(pattern);
            if (domains == null) {
                continue;
            }
            List<EventType> covered = domains.types().stream()
                    .filter(type -> Role.covers(pattern, type.name()))
                    .toList();
            if (covered.isEmpty()) {
                List<String> known =
                        domains.types().stream().map(EventType::name).toList();
                problems.add(place.problem(
                        "\"" + pattern + "\" is no type of the packs", Suggestions.closest(pattern, known)));
            } else if (covered.stream()
                    .noneMatch(type -> domains.rights().seeLevel(reader.roles(), type) != AccessLevel.NONE)) {
                problems.add(place.problem("none of the roles may see " + pattern));
            } else if (covered.stream().noneMatch(EventType::durable)) {
                problems.add(place.problem(pattern + " is not durable: a sink sends what is stored"));
            }
        }
        return types;
    }

    /** What the packs would never show is a mistake of the file. */
    private void checkStream(YamlNode place, String text, Principal reader) {
        if (domains == null || reader.roles().isEmpty()) {
            return;
        }
        List<Namespace> meant = new ArrayList<>();
        for (Namespace namespace : domains.namespaces()) {
            if (covers(text, namespace.stream())) {
                meant.add(namespace);
            }
        }
        if (meant.isEmpty()) {
            List<String> known = domains.namespaces().stream()
                    .map(each -> each.stream().toString())
                    .toList();
            problems.add(place.problem("\"" + text + "\" is no stream of the packs", Suggestions.closest(text, known)));
        } else if (meant.stream().noneMatch(namespace -> sees(namespace, text, reader))) {
            problems.add(place.problem("none of the roles sees anything of " + text));
        }
    }

    private static boolean covers(String text, StreamTemplate template) {
        if (!text.endsWith("*")) {
            return template.matches(text);
        }
        String prefix = text.substring(0, text.length() - 1);
        return template.prefix().startsWith(prefix) || (template.keyed() && prefix.startsWith(template.prefix()));
    }

    private boolean sees(Namespace namespace, String text, Principal reader) {
        if (domains == null) {
            return true;
        }
        if (!text.endsWith("*")) {
            return !Visibility.of(domains, namespace, text, reader).nothing();
        }
        return domains.typesOf(namespace).stream()
                .anyMatch(type -> domains.rights().seeLevel(reader.roles(), type) != AccessLevel.NONE);
    }

    private @Nullable Filter filter(YamlObjectReader block) {
        if (!block.has("filter")) {
            return null;
        }
        try {
            return Filter.parse(block.at("filter").node());
        } catch (MillraceException wrong) {
            block.wrong("filter", String.valueOf(wrong.getMessage()));
            return null;
        }
    }
}

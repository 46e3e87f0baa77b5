package io.millrace.domain.pack;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.text.Suggestions;
import io.millrace.domain.model.FieldPath;
import io.millrace.domain.model.Namespace;
import io.millrace.domain.model.PresenceRule;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlNode;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Checks that Millrace can publish the presence events that packs declare. */
final class PresenceCheck {
    private final Map<String, Pack.NamespaceDecl> namespaces;
    private final Map<String, Pack.Type> types;
    private final Set<String> roles;
    private final FieldPathCheck paths;
    private final List<ConfigurationError> problems;

    PresenceCheck(
            Map<String, Pack.NamespaceDecl> namespaces,
            Map<String, Pack.Type> types,
            Set<String> roles,
            FieldPathCheck paths,
            List<ConfigurationError> problems) {
        this.namespaces = namespaces;
        this.types = types;
        this.roles = roles;
        this.paths = paths;
        this.problems = problems;
    }

    void check(Collection<Pack.PresenceDecl> presences) {
        for (Pack.NamespaceDecl declared : namespaces.values()) {
            Namespace namespace = declared.value();
            if (namespace != null && namespace.presence() != null) {
                check(declared.place().at("presence"), namespace.presence(), namespace);
            }
        }
        for (Pack.PresenceDecl presence : presences) {
            String role = presence.value().role();
            if (!roles.contains(role)) {
                YamlNode at = presence.place().at("role");
                problems.add(at.problem(at.shown() + " is not a valid role", Suggestions.closest(role, roles)));
            }
            check(presence.place(), presence.value().events(), null);
        }
    }

    /** @param of the namespace of the followed streams; null for the presence of a role */
    private void check(YamlNode block, PresenceRule presence, @Nullable Namespace of) {
        for (String event : Set.copyOf(List.of(presence.join(), presence.leave()))) {
            Pack.Type type = types.get(event);
            if (type != null) {
                paths.name(block.at("user"), presence.user(), type);
            }
        }
        check(block.at("join"), presence.join(), presence.user(), of);
        if (presence.join().equals(presence.leave())) {
            problems.add(block.at("leave").problem("the same type as join"));
        } else {
            check(block.at("leave"), presence.leave(), presence.user(), of);
        }
    }

    private void check(YamlNode at, String name, FieldPath user, @Nullable Namespace of) {
        Pack.Type type = types.get(name);
        if (type == null) {
            problems.add(at.problem(at.shown() + " is not a valid type", Suggestions.closest(name, types.keySet())));
            return;
        }
        Pack.NamespaceDecl declared = type.namespace() == null ? null : namespaces.get(type.namespace());
        Namespace namespace = declared == null ? null : declared.value();
        if (namespace == null) {
            return; // reported by its own check
        }
        if (type.durable()) {
            problems.add(at.problem(at.shown() + " must be durable: false; who was there isn't kept"));
        }
        FieldPath key = namespace.stream().key();
        if (of != null && !of.name().equals(namespace.name())) {
            problems.add(at.problem(at.shown() + " is of namespace " + namespace.name() + ", not of this one"));
        } else if (of == null && key != null && !key.equals(user)) {
            problems.add(at.problem(at.shown() + " needs " + key + " for its stream, and only " + user + " is known"));
        } else {
            checkSchema(at, type.schema(), user, key);
        }
    }

    /** The user and the key of the stream are all that Millrace can put into the event. */
    private void checkSchema(YamlNode at, @Nullable JsonNode schema, FieldPath user, @Nullable FieldPath key) {
        if (schema == null) {
            return;
        }
        for (JsonNode required : schema.path("required")) {
            String field = required.asText();
            boolean known = field.equals(user.fields().get(0))
                    || (key != null && field.equals(key.fields().get(0)));
            if (!known) {
                problems.add(at.problem("the schema of " + at.shown() + " requires \"" + field + "\", and only " + user
                        + (key == null || key.equals(user) ? " is" : " and " + key + " are") + " known"));
            }
        }
    }
}

package io.millrace.domain.pack;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.event.Priority;
import io.millrace.domain.access.RolePresence;
import io.millrace.domain.model.EntityOperation;
import io.millrace.domain.model.EntityRule;
import io.millrace.domain.model.EventType;
import io.millrace.domain.model.FieldPath;
import io.millrace.domain.model.MessageKind;
import io.millrace.domain.model.Namespace;
import io.millrace.domain.model.PresenceRule;
import io.millrace.domain.model.StreamTemplate;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlDocument;
import io.millrace.domain.yaml.YamlNode;
import io.millrace.domain.yaml.YamlObjectReader;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads one domain pack. Collects every mistake, so that all are reported at once. */
public final class PackReader {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,64}");
    private static final Pattern TYPE = Pattern.compile("[a-z0-9_.-]{1,64}:[a-z0-9_.-]{1,64}");
    private static final Pattern HANDLER = Pattern.compile("service\\.[A-Za-z0-9_.-]{1,128}");
    private static final Duration HISTORY = Duration.ofDays(30);
    /** An event that is sent again is recognised for as long as history keeps it, and what sends again may take a while. */
    private static final Duration SHORTEST_HISTORY = Duration.ofHours(1);

    private static final String FOREVER = "forever";

    private final List<ConfigurationError> problems;

    private PackReader(List<ConfigurationError> problems) {
        this.problems = problems;
    }

    /** The valid declarations of a file. */
    public static Pack read(YamlDocument tree, List<ConfigurationError> problems) {
        return new PackReader(problems).pack(tree.root());
    }

    private Pack pack(YamlNode root) {
        YamlObjectReader pack = YamlObjectReader.of(
                root, problems, "domain", "zone", "namespaces", "types", "roles", "presence", "kpis");
        if (pack == null) {
            return new Pack("", List.of(), List.of(), List.of(), List.of(), null);
        }
        String name = pack.required("domain");
        pack.matching(name, "domain", NAME, "name: 1 to 64 of A-Z a-z 0-9 _ . -");
        List<Pack.NamespaceDecl> namespaces = new ArrayList<>();
        for (YamlNode place : named(pack.at("namespaces"))) {
            namespaces.add(new Pack.NamespaceDecl(place, place.key(), namespace(place)));
        }
        List<Pack.Type> types = new ArrayList<>();
        for (YamlNode place : named(pack.at("types"))) {
            types.add(type(place));
        }
        List<Pack.RoleDecl> roles = new ArrayList<>();
        for (YamlNode place : named(pack.at("roles"))) {
            nameOf(place, NAME, "name: 1 to 64 of A-Z a-z 0-9 _ . -");
            roles.add(RoleReader.read(place, problems));
        }
        ZoneId zone = KpiReader.zone(pack);
        List<Pack.KpiDecl> kpis = new ArrayList<>();
        for (YamlNode place : named(pack.at("kpis"))) {
            nameOf(place, NAME, "name: 1 to 64 of A-Z a-z 0-9 _ . -");
            kpis.add(KpiReader.read(place, zone, problems));
        }
        return new Pack(name == null ? "" : name, namespaces, types, roles, kpis, rolePresence(pack));
    }

    /** The children of a block whose keys are names that the pack chooses. */
    private List<YamlNode> named(YamlNode block) {
        if (block.empty()) {
            return List.of();
        }
        if (!block.node().isObject()) {
            problems.add(block.problem(block.shown() + " where a block of names belongs"));
            return List.of();
        }
        return block.children();
    }

    private @Nullable Namespace namespace(YamlNode place) {
        nameOf(place, NAME, "name: 1 to 64 of A-Z a-z 0-9 _ . -");
        YamlObjectReader section =
                YamlObjectReader.of(place, problems, "stream", "history", "access", "auto", "presence");
        if (section == null) {
            return null;
        }
        StreamTemplate stream = section.compiled(section.required("stream"), "stream", StreamTemplate::compile);
        Duration history = history(section);
        String claim = null;
        if (section.has("access")) {
            YamlObjectReader access = YamlObjectReader.of(section.at("access"), problems, "claim");
            claim = access == null ? null : access.required("claim");
            if (claim == null) {
                // A namespace with an invalid access rule must not become public.
                return null;
            }
        }
        boolean auto = section.flag("auto", false);
        if (auto && stream != null && stream.keyed() && claim == null) {
            section.wrong("auto", "without access: { claim: … } nothing says which of its streams are somebody's");
        }
        PresenceRule presence = section.has("presence")
                ? presence(YamlObjectReader.of(section.at("presence"), problems, "join", "leave", "user"))
                : null;
        return stream == null ? null : new Namespace(place.key(), stream, history, claim, auto, presence);
    }

    /** Null if events are kept for ever. */
    private static @Nullable Duration history(YamlObjectReader namespace) {
        if (!namespace.has("history")) {
            return HISTORY;
        }
        if (namespace.at("history").node().asText().equals(FOREVER)) {
            return null;
        }
        Duration history = namespace.duration("history");
        if (history != null && history.compareTo(SHORTEST_HISTORY) < 0) {
            namespace.wrong(
                    "history",
                    namespace.at("history").shown()
                            + " is less than 1h, the shortest time for which an event that is sent"
                            + " again is recognised; a type whose events nobody reads again has durable: false");
        }
        return history == null ? HISTORY : history;
    }

    private static @Nullable PresenceRule presence(@Nullable YamlObjectReader section) {
        if (section == null) {
            return null;
        }
        String join = section.required("join");
        String leave = section.required("leave");
        FieldPath user = section.compiled(section.required("user"), "user", FieldPath::compile);
        return join == null || leave == null || user == null ? null : new PresenceRule(join, leave, user);
    }

    private Pack.@Nullable PresenceDecl rolePresence(YamlObjectReader pack) {
        if (!pack.has("presence")) {
            return null;
        }
        YamlObjectReader section = YamlObjectReader.of(pack.at("presence"), problems, "role", "join", "leave", "user");
        String role = section == null ? null : section.required("role");
        PresenceRule events = presence(section);
        return role == null || events == null
                ? null
                : new Pack.PresenceDecl(pack.at("presence"), new RolePresence(role, events));
    }

    private Pack.Type type(YamlNode place) {
        nameOf(place, TYPE, "type: area:what, both of a-z 0-9 _ . -");
        YamlObjectReader section = YamlObjectReader.of(
                place,
                problems,
                "namespace",
                "priority",
                "message",
                "durable",
                "owner",
                "entity",
                "schema",
                "handler",
                "max");
        if (section == null) {
            return new Pack.Type(place, null, Priority.NORMAL, MessageKind.UPDATE, true, null, null, null, null, null);
        }
        Priority priority = section.choice("priority", "priority", Priority.class);
        MessageKind message = section.choice("message", "message", MessageKind.class);
        boolean durable = section.flag("durable", true);
        if (!durable && section.has("entity")) {
            section.wrong("entity", "an event that isn't durable can't change an entity");
        }
        return new Pack.Type(
                place,
                section.required("namespace"),
                priority == null ? Priority.NORMAL : priority,
                message == null ? MessageKind.UPDATE : message,
                durable,
                section.path("owner"),
                entity(section.at("entity")),
                schema(section),
                section.matching(
                        section.text("handler"), "handler", HANDLER, "handler: an event-bus address service.…"),
                max(section));
    }

    private static @Nullable Integer max(YamlObjectReader section) {
        Long bytes = section.bytes("max", EventType.LEAST_BYTES, EventType.MOST_BYTES);
        return bytes == null ? null : bytes.intValue();
    }

    private @Nullable EntityRule entity(YamlNode place) {
        if (place.empty()) {
            return null;
        }
        YamlObjectReader section = YamlObjectReader.of(place, problems, "kind", "id", "apply");
        if (section == null) {
            return null;
        }
        String kind = section.matching(section.required("kind"), "kind", NAME, "kind: 1 to 64 of A-Z a-z 0-9 _ . -");
        if (kind != null && FieldPath.isDots(kind)) {
            section.wrong("kind", "can't be . or .., which a URL takes for another path");
        }
        FieldPath id = section.compiled(section.required("id"), "id", FieldPath::compile);
        EntityOperation apply = section.choice("apply", "way to apply an event", EntityOperation.class);
        if (!section.has("apply")) {
            section.wrong("apply", "is missing: put, merge, delete");
        }
        return kind == null || id == null || apply == null ? null : new EntityRule(kind, id, apply);
    }

    private @Nullable JsonNode schema(YamlObjectReader section) {
        if (!section.has("schema")) {
            return null;
        }
        YamlNode schema = section.at("schema");
        if (!schema.node().isObject()) {
            section.wrong("schema", schema.shown() + " where a JSON Schema, a block, belongs");
            return null;
        }
        SchemaKeywordCheck.check(schema, problems);
        return schema.node();
    }

    private void nameOf(YamlNode place, Pattern form, String what) {
        if (!form.matcher(place.key()).matches()) {
            problems.add(place.problem("is not a valid " + what));
        }
    }
}

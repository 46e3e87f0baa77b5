package io.millrace.contracts.domain;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.Priority;
import io.millrace.contracts.Rollup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads one domain pack. Notes every mistake and goes on, so that all are seen at once. */
final class PackReader {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,64}");
    private static final Pattern TYPE = Pattern.compile("[a-z0-9_.-]{1,64}:[a-z0-9_.-]{1,64}");
    private static final Pattern SEE = Pattern.compile("(\\S+)( +own)?");
    private static final Pattern PUBLISH = Pattern.compile("(\\S+)( +own| +any)?");
    private static final Pattern HANDLER = Pattern.compile("service\\.[A-Za-z0-9_.-]{1,128}");
    private static final Duration HISTORY = Duration.ofDays(30);
    private static final Set<String> ROLLUPS = Set.of("day", "week", "month");

    private final List<Problem> problems;

    private PackReader(List<Problem> problems) {
        this.problems = problems;
    }

    /** What a file declares, as far as it is right. */
    static Pack read(YamlTree tree, List<Problem> problems) {
        return new PackReader(problems).pack(tree.root());
    }

    private Pack pack(Place root) {
        Section pack = Section.of(root, problems, "domain", "namespaces", "types", "roles", "presence", "kpis");
        if (pack == null) {
            return new Pack("", List.of(), List.of(), List.of(), List.of(), null);
        }
        String name = pack.required("domain");
        pack.matching(name, "domain", NAME, "name: 1 to 64 of A-Z a-z 0-9 _ . -");
        List<Pack.Space> namespaces = new ArrayList<>();
        for (Place place : named(pack.at("namespaces"))) {
            namespaces.add(new Pack.Space(place, place.key(), namespace(place)));
        }
        List<Pack.Type> types = new ArrayList<>();
        for (Place place : named(pack.at("types"))) {
            types.add(type(place));
        }
        List<Pack.Rights> roles = new ArrayList<>();
        for (Place place : named(pack.at("roles"))) {
            roles.add(role(place));
        }
        List<Pack.Figure> kpis = new ArrayList<>();
        for (Place place : named(pack.at("kpis"))) {
            kpis.add(kpi(place));
        }
        return new Pack(name == null ? "" : name, namespaces, types, roles, kpis, attendance(pack));
    }

    /** The children of a block whose keys are names of the pack's own. */
    private List<Place> named(Place block) {
        if (block.empty()) {
            return List.of();
        }
        if (!block.node().isObject()) {
            problems.add(block.problem(block.shown() + " where a block of names belongs"));
            return List.of();
        }
        return block.children();
    }

    private @Nullable Namespace namespace(Place place) {
        nameOf(place, NAME, "name: 1 to 64 of A-Z a-z 0-9 _ . -");
        Section section = Section.of(place, problems, "stream", "history", "access", "auto", "presence");
        if (section == null) {
            return null;
        }
        StreamTemplate stream = section.compiled(section.required("stream"), "stream", StreamTemplate::compile);
        Duration history = section.duration("history");
        String claim = null;
        if (section.has("access")) {
            Section access = Section.of(section.at("access"), problems, "claim");
            claim = access == null ? null : access.required("claim");
            if (claim == null) {
                // A namespace that should have been closed is never left open.
                return null;
            }
        }
        boolean auto = section.flag("auto", false);
        if (auto && stream != null && stream.keyed() && claim == null) {
            section.wrong("auto", "without access: { claim: … } nothing says which of its streams are somebody's");
        }
        Presence presence = section.has("presence")
                ? presence(Section.of(section.at("presence"), problems, "join", "leave", "user"))
                : null;
        return stream == null
                ? null
                : new Namespace(place.key(), stream, history == null ? HISTORY : history, claim, auto, presence);
    }

    private static @Nullable Presence presence(@Nullable Section section) {
        if (section == null) {
            return null;
        }
        String join = section.required("join");
        String leave = section.required("leave");
        FieldPath user = section.compiled(section.required("user"), "user", FieldPath::compile);
        return join == null || leave == null || user == null ? null : new Presence(join, leave, user);
    }

    private Pack.@Nullable Attendance attendance(Section pack) {
        if (!pack.has("presence")) {
            return null;
        }
        Section section = Section.of(pack.at("presence"), problems, "role", "join", "leave", "user");
        String role = section == null ? null : section.required("role");
        Presence events = presence(section);
        return role == null || events == null
                ? null
                : new Pack.Attendance(pack.at("presence"), new RolePresence(role, events));
    }

    private Pack.Type type(Place place) {
        nameOf(place, TYPE, "type: area:what, both of a-z 0-9 _ . -");
        Section section = Section.of(
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

    private static @Nullable Integer max(Section section) {
        Long bytes = section.bytes("max", EventType.LEAST_BYTES, EventType.MOST_BYTES);
        return bytes == null ? null : bytes.intValue();
    }

    private @Nullable EntityRule entity(Place place) {
        if (place.empty()) {
            return null;
        }
        Section section = Section.of(place, problems, "kind", "id", "apply");
        if (section == null) {
            return null;
        }
        String kind = section.matching(section.required("kind"), "kind", NAME, "kind: 1 to 64 of A-Z a-z 0-9 _ . -");
        if (kind != null && FieldPath.isDots(kind)) {
            section.wrong("kind", "can't be . or .., which a URL takes for another path");
        }
        FieldPath id = section.compiled(section.required("id"), "id", FieldPath::compile);
        Apply apply = section.choice("apply", "way to apply an event", Apply.class);
        if (!section.has("apply")) {
            section.wrong("apply", "is missing: put, merge, delete");
        }
        return kind == null || id == null || apply == null ? null : new EntityRule(kind, id, apply);
    }

    private @Nullable JsonNode schema(Section section) {
        if (!section.has("schema")) {
            return null;
        }
        Place schema = section.at("schema");
        if (!schema.node().isObject()) {
            section.wrong("schema", schema.shown() + " where a JSON Schema, a block, belongs");
            return null;
        }
        SchemaKeywords.check(schema, problems);
        return schema.node();
    }

    private Pack.Rights role(Place place) {
        nameOf(place, NAME, "name: 1 to 64 of A-Z a-z 0-9 _ . -");
        Section section = Section.of(place, problems, "see", "publish", "priority", "sources", "manage");
        if (section == null) {
            return new Pack.Rights(place.key(), List.of(), List.of(), null, List.of(), List.of());
        }
        List<Pack.Rule> see = new ArrayList<>();
        for (Place rule : section.texts("see")) {
            var matcher = SEE.matcher(rule.node().textValue().strip());
            if (matcher.matches()) {
                see.add(new Pack.Rule(rule, matcher.group(1), matcher.group(2) != null));
            } else {
                problems.add(rule.problem(rule.shown() + " is no rule: a type or the beginning of one and *, then own"
                        + " if only one's own are seen"));
            }
        }
        List<String> sources = section.texts("sources").stream()
                .map(source -> source.node().textValue().strip())
                .toList();
        return new Pack.Rights(
                place.key(),
                see,
                publish(section),
                section.choice("priority", "priority", Priority.class),
                sources,
                manage(section));
    }

    private List<Pack.Rule> publish(Section role) {
        List<Pack.Rule> publish = new ArrayList<>();
        for (Place pattern : role.texts("publish")) {
            var matcher = PUBLISH.matcher(pattern.node().textValue().strip());
            if (matcher.matches()) {
                String whose = matcher.group(2);
                publish.add(new Pack.Rule(
                        pattern,
                        matcher.group(1),
                        whose != null && whose.strip().equals("own")));
            } else {
                problems.add(
                        pattern.problem(pattern.shown() + " is no rule: a type or the beginning of one and *, then own"
                                + " for one's own only, or any for those of others too"));
            }
        }
        return publish;
    }

    private List<String> manage(Section role) {
        List<String> manage = new ArrayList<>();
        for (Place place : role.texts("manage")) {
            String text = place.node().textValue().strip();
            if (Role.MANAGEABLE.contains(text)) {
                manage.add(text);
            } else {
                problems.add(place.problem(
                        place.shown() + " is nothing to manage: " + String.join(", ", Role.MANAGEABLE),
                        Suggest.closest(text, Role.MANAGEABLE)));
            }
        }
        return manage;
    }

    private Pack.Figure kpi(Place place) {
        nameOf(place, NAME, "name: 1 to 64 of A-Z a-z 0-9 _ . -");
        Section section = Section.of(
                place, problems, "sum", "average", "min", "max", "distinct", "count", "of", "every", "rollups");
        if (section == null) {
            return new Pack.Figure(place, null, null, null, null, Set.of());
        }
        List<Kpi.Function> functions = Arrays.stream(Kpi.Function.values())
                .filter(function -> section.has(key(function)))
                .toList();
        if (functions.size() != 1) {
            problems.add(
                    place.problem("needs one of sum, average, min, max, distinct, count; has " + functions.size()));
        }
        FieldPath field = null;
        for (Kpi.Function function : functions) {
            boolean ofEveryEvent = function == Kpi.Function.COUNT && "*".equals(section.text("count"));
            field = ofEveryEvent ? null : section.path(key(function));
        }
        Duration every = section.required("every") == null ? null : section.duration("every");
        return new Pack.Figure(
                place,
                functions.size() == 1 ? functions.get(0) : null,
                field,
                section.required("of") == null ? null : section.at("of"),
                every,
                rollups(section));
    }

    private static String key(Kpi.Function function) {
        return function.name().toLowerCase(Locale.ROOT);
    }

    private Set<Rollup> rollups(Section kpi) {
        Set<Rollup> rollups = EnumSet.noneOf(Rollup.class);
        for (Place place : kpi.texts("rollups")) {
            String text = place.node().textValue();
            if (ROLLUPS.contains(text)) {
                rollups.add(Rollup.valueOf(text.toUpperCase(Locale.ROOT)));
            } else {
                problems.add(place.problem(
                        place.shown() + " is no roll-up: day, week, month", Suggest.closest(text, ROLLUPS)));
            }
        }
        return Collections.unmodifiableSet(rollups);
    }

    private void nameOf(Place place, Pattern form, String what) {
        if (!form.matcher(place.key()).matches()) {
            problems.add(place.problem("is no " + what));
        }
    }
}

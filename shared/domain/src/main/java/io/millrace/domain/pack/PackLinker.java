package io.millrace.domain.pack;

import io.millrace.contracts.event.Priority;
import io.millrace.contracts.text.Suggestions;
import io.millrace.domain.DomainModel;
import io.millrace.domain.access.Role;
import io.millrace.domain.access.RolePresence;
import io.millrace.domain.model.EventType;
import io.millrace.domain.model.Kpi;
import io.millrace.domain.model.Namespace;
import io.millrace.domain.model.StreamTemplate;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Links packs to one model: looks up the names that they use of one another, and collects mistakes. Types and
 * namespaces are declared once; roles are the union of all packs.
 */
public final class PackLinker {
    private static final StreamTemplate LIVE_KPIS = StreamTemplate.compile(Kpi.STREAMS + "{data.kpi}");

    private final List<ConfigurationError> problems;
    private final FieldPathCheck paths;
    private final List<ConfigurationError> warnings = new ArrayList<>();
    private final Map<String, Pack.NamespaceDecl> namespaces = new LinkedHashMap<>();
    private final Map<String, Pack.Type> types = new LinkedHashMap<>();
    private final Map<String, List<Pack.RoleDecl>> roles = new LinkedHashMap<>();
    private final Map<String, Pack.KpiDecl> kpis = new LinkedHashMap<>();
    private final List<Pack.PresenceDecl> presences = new ArrayList<>();

    private PackLinker(List<ConfigurationError> problems) {
        this.problems = problems;
        this.paths = new FieldPathCheck(problems);
    }

    /** Links all packs; the result is valid only if no mistake was added. */
    public static DomainModel join(Collection<Pack> packs, List<ConfigurationError> problems) {
        PackLinker linker = new PackLinker(problems);
        packs.forEach(linker::add);
        linker.checkStreams();
        KpiLinker kpis = new KpiLinker(linker.kpis, linker.types, linker.paths, problems);
        kpis.check();
        linker.checkPaths();
        new PresenceCheck(linker.namespaces, linker.types, linker.roles.keySet(), linker.paths, problems)
                .check(linker.presences);
        List<EventType> types = linker.types();
        List<RolePresence> presences =
                linker.presences.stream().map(Pack.PresenceDecl::value).toList();
        List<String> names = packs.stream().map(Pack::name).toList();
        return new DomainModel(
                names,
                linker.namespaces(),
                types,
                linker.roles(),
                presences,
                kpis.link(types),
                linker.places(),
                linker.warnings);
    }

    private void add(Pack pack) {
        for (Pack.NamespaceDecl declared : pack.namespaces()) {
            Pack.NamespaceDecl first = namespaces.putIfAbsent(declared.name(), declared);
            requireOnce(declared.place(), first == null ? null : first.place(), "namespace");
        }
        for (Pack.Type type : pack.types()) {
            Pack.Type first = types.putIfAbsent(type.name(), type);
            requireOnce(type.place(), first == null ? null : first.place(), "type");
        }
        for (Pack.KpiDecl kpi : pack.kpis()) {
            Pack.KpiDecl first = kpis.putIfAbsent(kpi.place().key(), kpi);
            requireOnce(kpi.place(), first == null ? null : first.place(), "KPI");
        }
        if (pack.presence() != null) {
            presences.add(pack.presence());
        }
        for (Pack.RoleDecl role : pack.roles()) {
            roles.computeIfAbsent(role.name(), name -> new ArrayList<>()).add(role);
        }
    }

    private void requireOnce(YamlNode place, @Nullable YamlNode first, String what) {
        if (first != null) {
            problems.add(place.problem("this " + what + " is declared already at " + first.where()));
        }
    }

    /** A stream has only one namespace, which decides who may follow it. */
    private void checkStreams() {
        List<Pack.NamespaceDecl> earlier = new ArrayList<>();
        for (Pack.NamespaceDecl declared : namespaces.values()) {
            Namespace value = declared.value();
            if (value == null) {
                continue;
            }
            if (value.stream().overlaps(LIVE_KPIS)) {
                problems.add(declared.place()
                        .at("stream")
                        .problem("\"" + value.stream() + "\" could be the stream of a KPI, " + LIVE_KPIS));
            }
            for (Pack.NamespaceDecl other : earlier) {
                Namespace before = other.value();
                if (before != null && value.stream().overlaps(before.stream())) {
                    problems.add(declared.place()
                            .at("stream")
                            .problem("\"" + value.stream() + "\" and \"" + before.stream() + "\" of namespace "
                                    + before.name() + " at " + other.place().where()
                                    + " could be the same stream"));
                }
            }
            earlier.add(declared);
        }
    }

    private void checkPaths() {
        for (Pack.Type type : types.values()) {
            paths.name(type.place().at("owner"), type.owner(), type);
            if (type.entity() != null) {
                paths.name(type.place().at("entity").at("id"), type.entity().id(), type);
            }
            Pack.NamespaceDecl declared = type.namespace() == null ? null : namespaces.get(type.namespace());
            if (declared != null && declared.value() != null) {
                paths.name(
                        declared.place().at("stream"), declared.value().stream().key(), type);
            }
        }
    }

    /** The node of each type. */
    private Map<String, YamlNode> places() {
        Map<String, YamlNode> places = new LinkedHashMap<>();
        types.forEach((name, type) -> places.put(name, type.place()));
        return places;
    }

    private List<Namespace> namespaces() {
        List<Namespace> whole = new ArrayList<>();
        for (Pack.NamespaceDecl declared : namespaces.values()) {
            Namespace value = declared.value();
            if (value != null) {
                whole.add(value);
            }
        }
        return whole;
    }

    private List<EventType> types() {
        List<EventType> whole = new ArrayList<>();
        for (Pack.Type type : types.values()) {
            String name = type.namespace();
            if (name == null) {
                continue;
            }
            Pack.NamespaceDecl declared = namespaces.get(name);
            if (declared == null) {
                YamlNode at = type.place().at("namespace");
                problems.add(at.problem(
                        at.shown() + " is not a valid namespace", Suggestions.closest(name, namespaces.keySet())));
                continue;
            }
            Namespace namespace = declared.value();
            if (namespace != null) {
                whole.add(new EventType(
                        whole.size(),
                        type.name(),
                        namespace,
                        type.priority(),
                        type.message(),
                        type.durable(),
                        type.owner(),
                        type.entity(),
                        type.schema(),
                        type.handler(),
                        type.max()));
            }
        }
        return whole;
    }

    private List<Role> roles() {
        List<Role> whole = new ArrayList<>();
        roles.forEach((name, parts) -> {
            Set<Role.See> see = new LinkedHashSet<>();
            Set<Role.Publish> publish = new LinkedHashSet<>();
            boolean forOthers = parts.stream().anyMatch(part -> !part.sources().isEmpty());
            Set<String> sources = new LinkedHashSet<>();
            Set<String> manage = new LinkedHashSet<>();
            Priority priority = null;
            for (Pack.RoleDecl part : parts) {
                for (Pack.Rule rule : part.see()) {
                    check(rule);
                    see.add(new Role.See(rule.pattern(), rule.own()));
                }
                for (Pack.Rule rule : part.publish()) {
                    check(rule);
                    publish.add(new Role.Publish(rule.pattern(), rule.own()));
                    if (!forOthers) {
                        warnIfForOthers(rule);
                    }
                }
                sources.addAll(part.sources());
                manage.addAll(part.manage());
                priority = higher(priority, part.priority());
            }
            whole.add(new Role(
                    name, List.copyOf(see), List.copyOf(publish), priority, List.copyOf(sources), List.copyOf(manage)));
        });
        return whole;
    }

    private static @Nullable Priority higher(@Nullable Priority one, @Nullable Priority other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.compareTo(other) >= 0 ? one : other;
    }

    /** Reports a rule that covers no type: it is probably misspelt, and would have no effect. */
    private void check(Pack.Rule rule) {
        List<Pack.Type> covered = types.values().stream()
                .filter(type -> Role.covers(rule.pattern(), type.name()))
                .toList();
        if (covered.isEmpty()) {
            if (!rule.pattern().equals("*")) {
                problems.add(rule.place()
                        .problem(
                                "\"" + rule.pattern() + "\" covers no type",
                                Suggestions.closest(rule.pattern(), patterns())));
            }
        } else if (rule.own()
                && covered.stream().noneMatch(type -> !type.place().at("owner").empty())) {
            problems.add(rule.place()
                    .problem(
                            Role.wild(rule.pattern())
                                    ? "own, but no type that \"" + rule.pattern() + "\" covers has an owner"
                                    : "own, but this type has no owner"));
        }
    }

    /** Warns of a role that may publish in the name of other users without saying {@code any}. */
    private void warnIfForOthers(Pack.Rule rule) {
        if (rule.own() || rule.place().node().textValue().endsWith(" any")) {
            return;
        }
        List<String> owned = types.values().stream()
                .filter(type -> Role.covers(rule.pattern(), type.name()) && type.owner() != null)
                .map(Pack.Type::name)
                .toList();
        if (!owned.isEmpty()) {
            warnings.add(rule.place()
                    .problem("lets this role publish " + String.join(", ", owned) + " in anybody's name: say \""
                            + rule.pattern() + " own\", or \"" + rule.pattern() + " any\" if that is meant"));
        }
    }

    private Set<String> patterns() {
        Set<String> patterns = new LinkedHashSet<>(types.keySet());
        for (String type : types.keySet()) {
            patterns.add(type.substring(0, type.indexOf(':') + 1) + "*");
        }
        return patterns;
    }
}

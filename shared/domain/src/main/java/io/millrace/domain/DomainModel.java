package io.millrace.domain;

import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Priority;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.domain.access.AccessLevel;
import io.millrace.domain.access.CompiledRole;
import io.millrace.domain.access.Role;
import io.millrace.domain.access.RolePresence;
import io.millrace.domain.model.EntityRule;
import io.millrace.domain.model.EventType;
import io.millrace.domain.model.Kpi;
import io.millrace.domain.model.Namespace;
import io.millrace.domain.pack.Pack;
import io.millrace.domain.pack.PackLinker;
import io.millrace.domain.pack.PackReader;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.domain.yaml.YamlDocument;
import io.millrace.domain.yaml.YamlNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** All that the domain packs say, looked up fast. Immutable; for any thread. */
public final class DomainModel {
    /** Bytes of the largest event, unless {@code ingest.event.max} or its type says otherwise. */
    public static final int MAX_EVENT = 256 << 10;

    private final Map<String, EventType> types = new LinkedHashMap<>();
    private final List<Namespace> namespaces;
    private final Map<String, Namespace> fixedStreams = new HashMap<>();
    private final List<Namespace> keyedStreams = new ArrayList<>();
    private final Map<String, List<EventType>> typesByNamespace = new HashMap<>();
    private final Map<String, List<EventType>> typesByKind = new HashMap<>();
    private final Map<String, CompiledRole> rights = new HashMap<>();
    private final List<RolePresence> presences;
    private final List<Kpi> kpis;
    private final Map<String, YamlNode> places;
    private final List<ConfigurationError> warnings;
    private final Set<String> packs;
    private final int maxEvent;

    public DomainModel(
            List<String> packs,
            List<Namespace> namespaces,
            List<EventType> types,
            List<Role> roles,
            List<RolePresence> presences,
            List<Kpi> kpis,
            Map<String, YamlNode> places,
            List<ConfigurationError> warnings) {
        this.warnings = List.copyOf(warnings);
        this.packs = Set.copyOf(packs);
        this.places = Map.copyOf(places);
        this.maxEvent = MAX_EVENT;
        this.presences = List.copyOf(presences);
        this.kpis = List.copyOf(kpis);
        this.namespaces = List.copyOf(namespaces);
        for (Namespace namespace : namespaces) {
            if (namespace.stream().keyed()) {
                keyedStreams.add(namespace);
            } else {
                fixedStreams.put(namespace.stream().toString(), namespace);
            }
        }
        for (EventType type : types) {
            this.types.put(type.name(), type);
            typesByNamespace
                    .computeIfAbsent(type.namespace().name(), name -> new ArrayList<>())
                    .add(type);
            EntityRule entity = type.entity();
            if (entity != null) {
                typesByKind
                        .computeIfAbsent(entity.kind(), kind -> new ArrayList<>())
                        .add(type);
            }
        }
        typesByNamespace.replaceAll((name, list) -> List.copyOf(list));
        typesByKind.replaceAll((kind, list) -> List.copyOf(list));
        roles.forEach(role -> rights.put(role.name(), CompiledRole.of(role, types)));
    }

    private DomainModel(DomainModel same, int maxEvent) {
        types.putAll(same.types);
        namespaces = same.namespaces;
        fixedStreams.putAll(same.fixedStreams);
        keyedStreams.addAll(same.keyedStreams);
        typesByNamespace.putAll(same.typesByNamespace);
        typesByKind.putAll(same.typesByKind);
        rights.putAll(same.rights);
        presences = same.presences;
        kpis = same.kpis;
        places = same.places;
        packs = same.packs;
        warnings = same.warnings;
        this.maxEvent = maxEvent;
    }

    /**
     * Several packs as one.
     *
     * @throws InvalidConfigurationException with every mistake of every file
     */
    public static DomainModel load(List<Path> files) throws InvalidConfigurationException {
        List<ConfigurationError> problems = new ArrayList<>();
        List<@Nullable YamlDocument> trees = new ArrayList<>();
        for (Path file : files) {
            trees.add(YamlDocument.read(file, problems));
        }
        return join(trees, problems);
    }

    /**
     * One pack from a text.
     *
     * @param file what to call it in messages
     * @throws InvalidConfigurationException with every mistake in it
     */
    public static DomainModel parse(String file, String yaml) throws InvalidConfigurationException {
        List<ConfigurationError> problems = new ArrayList<>();
        return join(Collections.singletonList(YamlDocument.parse(file, yaml, problems)), problems);
    }

    private static DomainModel join(List<@Nullable YamlDocument> trees, List<ConfigurationError> problems)
            throws InvalidConfigurationException {
        List<Pack> packs = new ArrayList<>();
        boolean whole = true;
        for (YamlDocument tree : trees) {
            if (tree == null) {
                whole = false;
            } else {
                packs.add(PackReader.read(tree, problems));
            }
        }
        List<ConfigurationError> between = new ArrayList<>();
        DomainModel domains = PackLinker.join(packs, between);
        if (whole) {
            // With a file missing, half of what the others refer to would seem not to exist.
            problems.addAll(between);
        }
        if (!problems.isEmpty()) {
            problems.sort(Comparator.comparing(ConfigurationError::file).thenComparing(ConfigurationError::line));
            throw new InvalidConfigurationException(problems);
        }
        return domains;
    }

    /** Whether a pack of this name is loaded: {@code domain: shop}. */
    public boolean has(String pack) {
        return packs.contains(pack);
    }

    /** Null if there is none of that name. */
    public @Nullable EventType type(String name) {
        return types.get(name);
    }

    /**
     * The same with another limit for the events of types that name none.
     *
     * @param bytes as {@link Event#size} counts them
     */
    public DomainModel withMaxEvent(int bytes) {
        return new DomainModel(this, bytes);
    }

    /** Bytes of the largest event of any type, and so of the largest message that a client gets of one, and of an entity. */
    public int maxEvent() {
        return types.values().stream().mapToInt(this::maxEvent).max().orElse(maxEvent);
    }

    private int maxEvent(EventType type) {
        return type.max() == null ? maxEvent : type.max();
    }

    /** Fails as {@link Failure#TOO_LARGE} if an event has more bytes than its type may. */
    public void requireSize(Event event, EventType type) {
        int size = event.size();
        int most = maxEvent(type);
        if (size > most) {
            throw new MillraceException(
                    Failure.TOO_LARGE,
                    "the event has " + size + " bytes (data, metadata and envelope); " + type.name()
                            + " may have at most " + most);
        }
    }

    /** Where a type stands in its pack, for messages. */
    public YamlNode place(EventType type) {
        return Objects.requireNonNull(places.get(type.name()), "a type of other packs");
    }

    /** All, in the order of their index. */
    public Collection<EventType> types() {
        return Collections.unmodifiableCollection(types.values());
    }

    /** All, in the order of the packs. */
    public List<Namespace> namespaces() {
        return namespaces;
    }

    /** The namespace that a stream of this name belongs to, whether or not the stream was ever written to. */
    public @Nullable Namespace namespaceOf(String stream) {
        Namespace fixed = fixedStreams.get(stream);
        if (fixed != null) {
            return fixed;
        }
        for (int i = 0; i < keyedStreams.size(); i++) {
            Namespace keyed = keyedStreams.get(i);
            if (keyed.stream().matches(stream)) {
                return keyed;
            }
        }
        return null;
    }

    public List<EventType> typesOf(Namespace namespace) {
        return typesByNamespace.getOrDefault(namespace.name(), List.of());
    }

    /** The types that change entities of a kind; empty if there is no such kind. */
    public List<EventType> typesOfEntity(String kind) {
        return typesByKind.getOrDefault(kind, List.of());
    }

    /** Of which roles it is told who is connected, at most one of each pack. */
    public List<RolePresence> presences() {
        return presences;
    }

    /** All, in the order of the packs. */
    public List<Kpi> kpis() {
        return kpis;
    }

    /** The names of all roles. */
    public Set<String> roles() {
        return Collections.unmodifiableSet(rights.keySet());
    }

    /** The best that one of the roles sees of a type. Roles that no pack knows see nothing. */
    public AccessLevel sight(Collection<String> roles, EventType type) {
        return best(roles, role -> role.sight(type));
    }

    /** Whether one of the roles may publish events of a type, if only its own. */
    public boolean mayPublish(Collection<String> roles, EventType type) {
        return publishes(roles, type) != AccessLevel.NONE;
    }

    /** The most that one of the roles may publish of a type: nothing, events of one's own, or all. */
    public AccessLevel publishes(Collection<String> roles, EventType type) {
        return best(roles, role -> role.publish(type));
    }

    private AccessLevel best(Collection<String> roles, Function<CompiledRole, AccessLevel> given) {
        AccessLevel best = AccessLevel.NONE;
        for (String role : roles) {
            CompiledRole known = rights.get(role);
            AccessLevel sight = known == null ? AccessLevel.NONE : given.apply(known);
            best = sight.compareTo(best) > 0 ? sight : best;
        }
        return best;
    }

    /** What is right, but perhaps not meant. */
    public List<ConfigurationError> warnings() {
        return warnings;
    }

    /**
     * Whether one of the roles that may publish a type speaks for others: a service, which publishes to streams that its
     * token doesn't list.
     */
    public boolean mayPublishForOthers(Collection<String> roles, EventType type) {
        return any(roles, role -> role.publish(type) != AccessLevel.NONE && role.speaksForOthers());
    }

    /**
     * Whether one of the roles may look after a part of Millrace itself.
     *
     * @param what {@link Role#DEAD_LETTERS}
     */
    public boolean mayManage(Collection<String> roles, String what) {
        return any(roles, role -> role.mayManage(what));
    }

    private boolean any(Collection<String> roles, Predicate<CompiledRole> may) {
        return roles.stream().map(rights::get).anyMatch(role -> role != null && may.test(role));
    }

    /** Up to which these roles may raise an event of a type: its own priority at least. */
    public Priority highest(Collection<String> roles, EventType type) {
        Priority highest = type.priority();
        for (String role : roles) {
            CompiledRole known = rights.get(role);
            Priority allowed = known == null ? null : known.priority();
            if (allowed != null && allowed.compareTo(highest) > 0) {
                highest = allowed;
            }
        }
        return highest;
    }

    /** Whether {@code user} may name {@code source}: oneself, a part of oneself ({@code user/…}), or as a role allows. */
    public boolean maySource(Collection<String> roles, String user, String source) {
        if (!user.isEmpty()
                && source.startsWith(user)
                && (source.length() == user.length() || source.charAt(user.length()) == '/')) {
            return true;
        }
        for (String role : roles) {
            CompiledRole known = rights.get(role);
            if (known != null && known.maySource(source)) {
                return true;
            }
        }
        return false;
    }
}

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

/** The declarations of all domain packs, with fast look-ups. Immutable; safe from any thread. */
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
     * Reads one pack from a text.
     *
     * @param file the file's name for messages
     * @throws InvalidConfigurationException with every mistake in the text
     */
    public static DomainModel parse(String file, String yaml) throws InvalidConfigurationException {
        List<ConfigurationError> problems = new ArrayList<>();
        YamlDocument document = YamlDocument.parse(file, yaml, problems);
        return link(document == null ? List.of() : List.of(document), document != null, problems);
    }

    /**
     * Links several packs to one model.
     *
     * @param documents the packs
     * @param complete whether every file could be read; else names that aren't declared are not reported
     * @param problems the problems of reading the files
     * @throws InvalidConfigurationException with every mistake of every file
     */
    public static DomainModel link(List<YamlDocument> documents, boolean complete, List<ConfigurationError> problems)
            throws InvalidConfigurationException {
        List<Pack> packs = new ArrayList<>();
        for (YamlDocument document : documents) {
            packs.add(PackReader.read(document, problems));
        }
        List<ConfigurationError> between = new ArrayList<>();
        DomainModel domains = PackLinker.join(packs, between);
        if (complete) {
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

    /** The type of this name; null if there is none. */
    public @Nullable EventType type(String name) {
        return types.get(name);
    }

    /**
     * A copy with another limit for events of types that declare none.
     *
     * @param bytes the limit, as {@link Event#size} counts
     */
    public DomainModel withMaxEvent(int bytes) {
        return new DomainModel(this, bytes);
    }

    /** Bytes of the largest event of any type, and so of the largest message to a client and of the largest entity. */
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

    /** The node of a type in its pack, for messages. */
    public YamlNode place(EventType type) {
        return Objects.requireNonNull(places.get(type.name()), "a type of other packs");
    }

    /** All types, in the order of their index. */
    public Collection<EventType> types() {
        return Collections.unmodifiableCollection(types.values());
    }

    /** All namespaces, in the order of the packs. */
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

    /** The roles whose connected users are published, at most one of each pack. */
    public List<RolePresence> presences() {
        return presences;
    }

    /** All KPIs, in the order of the packs. */
    public List<Kpi> kpis() {
        return kpis;
    }

    /** The names of all roles. */
    public Set<String> roles() {
        return Collections.unmodifiableSet(rights.keySet());
    }

    /** The highest level at which one of the roles sees a type. Roles that no pack declares see nothing. */
    public AccessLevel seeLevel(Collection<String> roles, EventType type) {
        return best(roles, role -> role.seeLevel(type));
    }

    /** Whether one of the roles may publish events of a type, at least its own. */
    public boolean mayPublish(Collection<String> roles, EventType type) {
        return publishLevel(roles, type) != AccessLevel.NONE;
    }

    /** The highest level at which one of the roles may publish a type. */
    public AccessLevel publishLevel(Collection<String> roles, EventType type) {
        return best(roles, role -> role.publishLevel(type));
    }

    private AccessLevel best(Collection<String> roles, Function<CompiledRole, AccessLevel> levelOf) {
        AccessLevel best = AccessLevel.NONE;
        for (String role : roles) {
            CompiledRole known = rights.get(role);
            AccessLevel level = known == null ? AccessLevel.NONE : levelOf.apply(known);
            best = level.compareTo(best) > 0 ? level : best;
        }
        return best;
    }

    /** Declarations that are valid, but perhaps not meant. */
    public List<ConfigurationError> warnings() {
        return warnings;
    }

    /**
     * Whether one of the roles that may publish a type publishes for others: a service, which may publish to streams that
     * its token doesn't list.
     */
    public boolean mayPublishForOthers(Collection<String> roles, EventType type) {
        return any(roles, role -> role.publishLevel(type) != AccessLevel.NONE && role.publishesForOthers());
    }

    /**
     * Whether one of the roles may manage a part of Millrace itself.
     *
     * @param what the part, such as {@link Role#DEAD_LETTERS}
     */
    public boolean mayManage(Collection<String> roles, String what) {
        return any(roles, role -> role.mayManage(what));
    }

    private boolean any(Collection<String> roles, Predicate<CompiledRole> may) {
        return roles.stream().map(rights::get).anyMatch(role -> role != null && may.test(role));
    }

    /** The highest priority that these roles may give an event of a type: at least the type's own. */
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

    /** Whether a user may publish with a source: the user's name, a part of it ({@code user/…}), or what a role allows. */
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

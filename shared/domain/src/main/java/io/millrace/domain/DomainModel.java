package io.millrace.domain;

import io.millrace.contracts.event.Event;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.domain.access.Rights;
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
    private final Rights rights;
    private final List<RolePresence> presences;
    private final Map<String, Kpi> kpisByStream = new LinkedHashMap<>();
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
        kpis.forEach(kpi -> kpisByStream.put(kpi.stream(), kpi));
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
        rights = new Rights(roles, types);
    }

    private DomainModel(DomainModel same, int maxEvent) {
        types.putAll(same.types);
        namespaces = same.namespaces;
        fixedStreams.putAll(same.fixedStreams);
        keyedStreams.addAll(same.keyedStreams);
        typesByNamespace.putAll(same.typesByNamespace);
        typesByKind.putAll(same.typesByKind);
        rights = same.rights;
        presences = same.presences;
        kpisByStream.putAll(same.kpisByStream);
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
        return List.copyOf(kpisByStream.values());
    }

    /** The KPI whose live value a stream has; null if it is no such stream. */
    public @Nullable Kpi kpiOf(String stream) {
        return kpisByStream.get(stream);
    }

    /** What each role may see and do. */
    public Rights rights() {
        return rights;
    }

    /** Declarations that are valid, but perhaps not meant. */
    public List<ConfigurationError> warnings() {
        return warnings;
    }
}

package io.millrace.platform.delivery;

import io.millrace.contracts.event.Event;
import io.millrace.domain.DomainModel;
import io.millrace.domain.access.AccessLevel;
import io.millrace.domain.model.EventType;
import io.millrace.domain.model.Kpi;
import io.millrace.domain.model.Namespace;
import io.millrace.domain.model.StreamTemplate;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.stream.KpiFollower;
import io.vertx.core.json.JsonArray;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Which events of a stream a principal may see. Equal for principals that may see the same, except for their own
 * events.
 *
 * @param all the event types of which every event is seen
 * @param own the event types of which only the principal's own events are seen
 * @param unrestricted whether every event of the stream is seen
 */
public record Visibility(Set<String> all, Set<String> own, boolean unrestricted) {
    public static final Visibility NOTHING = new Visibility(Set.of(), Set.of(), false);

    private static final Visibility LIVE_KPI = new Visibility(Set.of(KpiFollower.TYPE), Set.of(), true);

    /** Which events of a stream a principal may see, of a KPI's too. */
    public static Visibility of(DomainModel domains, String stream, Principal who) {
        Kpi kpi = domains.kpiOf(stream);
        if (kpi != null) {
            return sees(domains, kpi, who) ? LIVE_KPI : NOTHING;
        }
        Namespace namespace = domains.namespaceOf(stream);
        return namespace == null ? NOTHING : of(domains, namespace, stream, who);
    }

    /**
     * Whether a principal may see a KPI: it counts all events of its type, so only whoever may see all of them. A claim gives
     * access to some streams of a namespace, but the KPI counts all.
     */
    public static boolean sees(DomainModel domains, Kpi kpi, Principal who) {
        return kpi.type().namespace().accessClaim() == null
                && domains.rights().seeLevel(who.roles(), kpi.type()) == AccessLevel.ALL;
    }

    /** Which events of a stream of the namespace a principal may see. */
    public static Visibility of(DomainModel domains, Namespace namespace, String stream, Principal who) {
        if (!opens(namespace, stream, who)) {
            return NOTHING;
        }
        Set<String> all = new HashSet<>();
        Set<String> own = new HashSet<>();
        List<EventType> types = domains.typesOf(namespace);
        for (EventType type : types) {
            AccessLevel level = domains.rights().seeLevel(who.roles(), type);
            if (level == AccessLevel.ALL) {
                all.add(type.name());
            } else if (level == AccessLevel.OWN && who.authenticated()) {
                own.add(type.name());
            }
        }
        return new Visibility(Set.copyOf(all), Set.copyOf(own), all.size() == types.size());
    }

    /** Whether a principal sees all of a stream. To others an open position would reveal how many events there are. */
    public static boolean isUnrestricted(DomainModel domains, String stream, Principal who) {
        Namespace namespace = domains.namespaceOf(stream);
        return namespace != null
                && opens(namespace, stream, who)
                && domains.typesOf(namespace).stream()
                        .allMatch(type -> domains.rights().seeLevel(who.roles(), type) == AccessLevel.ALL);
    }

    /** Whether the same user sees at least as much as with another visibility. */
    public boolean covers(Visibility other) {
        return all.containsAll(other.all)
                && other.own.stream().allMatch(type -> own.contains(type) || all.contains(type));
    }

    public boolean nothing() {
        return all.isEmpty() && own.isEmpty();
    }

    /** Whether an event may be seen, by its type, its owner and its recipients. */
    public boolean sees(Event event, Principal who, String connectionId) {
        boolean permitted = unrestricted
                || all.contains(event.type())
                || (own.contains(event.type()) && who.user().equals(event.owner()));
        return permitted && addressed(event, who, connectionId);
    }

    /** Whether the event's {@code target} and {@code exclude} include the connection. */
    public static boolean addressed(Event event, Principal who, String connectionId) {
        return (event.target() == null || event.target().contains(who.roles(), who.user(), connectionId))
                && (event.exclude() == null || !event.exclude().contains(who.roles(), who.user(), connectionId));
    }

    /**
     * Whether a token gives access to a stream of a namespace, whichever events are seen there. It lists keys or whole
     * names: {@code rooms: ["42"]} gives access to {@code room:42}. A claim that is a single text is one key, never a
     * name, since the user may have chosen it.
     */
    public static boolean opens(Namespace namespace, String stream, Principal who) {
        String claim = namespace.accessClaim();
        if (claim == null) {
            return true;
        }
        String key = namespace.stream().keyOf(stream);
        Object listed = who.claim(claim);
        return listed instanceof JsonArray keys
                ? (key != null && keys.contains(key)) || keys.contains(stream)
                : key != null && key.equals(listed);
    }

    /**
     * The streams that a connection follows automatically: of an {@code auto} namespace, those that the token gives
     * access to and of which the principal sees some events.
     */
    public static List<String> followed(DomainModel domains, Namespace namespace, Principal who) {
        return namespace.auto() ? named(domains, namespace, who) : List.of();
    }

    /**
     * The streams of a namespace whose names are known without a query, and of which the principal sees some events:
     * the single one, or those that the token lists.
     */
    public static List<String> named(DomainModel domains, Namespace namespace, Principal who) {
        StreamTemplate template = namespace.stream();
        Object listed = namespace.accessClaim() == null ? null : who.claim(namespace.accessClaim());
        List<?> keys = listed instanceof JsonArray several ? several.getList() : Collections.singletonList(listed);
        Set<String> streams = new LinkedHashSet<>();
        if (!template.keyed()) {
            streams.add(template.toString());
        }
        for (Object key : keys) {
            if (key instanceof String text) {
                String stream = listed instanceof JsonArray && template.matches(text) ? text : template.of(text);
                if (stream != null) {
                    streams.add(stream);
                }
            }
        }
        streams.removeIf(stream -> of(domains, namespace, stream, who).nothing());
        return List.copyOf(streams);
    }
}

package io.millrace.platform.delivery;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.domain.Domains;
import io.millrace.contracts.domain.EventType;
import io.millrace.contracts.domain.Namespace;
import io.millrace.contracts.domain.Sight;
import io.millrace.platform.Principal;
import java.util.ArrayList;
import java.util.List;

/** What somebody may see of the entities of one kind: as much as of the events that make them. */
public final class EntitySight {
    private final Principal who;
    /** The types of events by which one may see an entity. */
    private final List<EventType> seen = new ArrayList<>();
    /** Of these it is one's own that may be seen. */
    private final List<EventType> owned = new ArrayList<>();

    private final boolean all;

    private EntitySight(Domains domains, Principal who, String kind) {
        this.who = who;
        for (EventType type : domains.typesOfEntity(kind)) {
            Sight sight = domains.sight(who.roles(), type);
            if (sight == Sight.ALL) {
                seen.add(type);
            } else if (sight == Sight.OWN && who.authenticated()) {
                owned.add(type);
            }
        }
        all = seen.stream().anyMatch(type -> type.namespace().accessClaim() == null);
    }

    public static EntitySight of(Domains domains, Principal who, String kind) {
        return new EntitySight(domains, who, kind);
    }

    public boolean nothing() {
        return seen.isEmpty() && owned.isEmpty();
    }

    /** Whether every entity of the kind may be seen. */
    public boolean all() {
        return all;
    }

    /** Whether one in this state may be seen. */
    public boolean sees(JsonNode state) {
        return all
                || seen.stream().anyMatch(type -> opens(type.namespace(), state))
                || owned.stream()
                        .anyMatch(type -> type.owner() != null
                                && who.user().equals(type.owner().text(state))
                                && opens(type.namespace(), state));
    }

    /** Whether the token opens the stream that the entity is of, as far as its state says which. */
    private boolean opens(Namespace namespace, JsonNode state) {
        String stream = namespace.stream().resolve(state);
        return namespace.accessClaim() == null || (stream != null && Visibility.opens(namespace, stream, who));
    }
}

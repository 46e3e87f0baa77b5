package io.millrace.platform.delivery;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.domain.Domains;
import io.millrace.contracts.domain.EventType;
import io.millrace.contracts.domain.Sight;
import io.millrace.platform.Principal;
import java.util.List;

/** What somebody may see of the entities of one kind: as much as of the events that make them. */
public final class EntitySight {
    private final Principal who;
    private final Sight best;
    /** Of these it is one's own that may be seen. */
    private final List<EventType> owned;

    private EntitySight(Principal who, Sight best, List<EventType> owned) {
        this.who = who;
        this.best = best;
        this.owned = owned;
    }

    public static EntitySight of(Domains domains, Principal who, String kind) {
        List<EventType> types = domains.typesOfEntity(kind);
        Sight best = Sight.NONE;
        for (EventType type : types) {
            Sight sight = domains.sight(who.roles(), type);
            best = sight.compareTo(best) > 0 ? sight : best;
        }
        List<EventType> owned = types.stream()
                .filter(type -> type.owner() != null && domains.sight(who.roles(), type) == Sight.OWN)
                .toList();
        return new EntitySight(who, best, owned);
    }

    public boolean nothing() {
        return best == Sight.NONE || (best == Sight.OWN && !who.authenticated());
    }

    /** Whether every entity of the kind may be seen. */
    public boolean all() {
        return best == Sight.ALL;
    }

    /** Whether one in this state may be seen. */
    public boolean sees(JsonNode state) {
        return all()
                || (!nothing()
                        && owned.stream()
                                .anyMatch(type -> type.owner() != null
                                        && who.user().equals(type.owner().text(state))));
    }
}

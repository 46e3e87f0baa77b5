package io.millrace.platform.delivery;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.entity.EntitySnapshotQuery;
import io.millrace.domain.DomainModel;
import io.millrace.domain.access.AccessLevel;
import io.millrace.domain.model.EventType;
import io.millrace.domain.model.FieldPath;
import io.millrace.domain.model.Namespace;
import io.millrace.platform.auth.Principal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which entities of one kind in one stream a principal may see: those whose events the principal may see. */
public final class EntityVisibility {
    private final Principal who;
    /** The owner fields of the types of which the principal may see its own events. */
    private final List<FieldPath> owners = new ArrayList<>();

    private final boolean all;

    private EntityVisibility(DomainModel domains, Principal who, String kind, String stream) {
        this.who = who;
        Namespace namespace = domains.namespaceOf(stream);
        boolean every = false;
        if (namespace != null && Visibility.opens(namespace, stream, who)) {
            for (EventType type : domains.typesOfEntity(kind)) {
                AccessLevel level = type.namespace().equals(namespace)
                        ? domains.rights().seeLevel(who.roles(), type)
                        : AccessLevel.NONE;
                every |= level == AccessLevel.ALL;
                if (level == AccessLevel.OWN && who.authenticated() && type.owner() != null) {
                    owners.add(type.owner());
                }
            }
        }
        all = every;
    }

    /**
     * @param stream the stream of the entities, whose ids are unique within it
     */
    public static EntityVisibility of(DomainModel domains, Principal who, String kind, String stream) {
        return new EntityVisibility(domains, who, kind, stream);
    }

    /** Which entities of a stream a principal may see; null for all of them. */
    public static EntitySnapshotQuery.@Nullable View view(DomainModel domains, Principal who, String stream) {
        Set<String> all = new HashSet<>();
        Set<String> own = new HashSet<>();
        Namespace namespace = domains.namespaceOf(stream);
        List<EventType> types = namespace == null ? List.of() : domains.typesOf(namespace);
        boolean every = true;
        for (EventType type : types) {
            if (type.entity() == null) {
                continue;
            }
            String kind = type.entity().kind();
            EntityVisibility visibility = of(domains, who, kind, stream);
            every &= visibility.all;
            if (!visibility.nothing()) {
                (visibility.all ? all : own).add(kind);
            }
        }
        return every ? null : new EntitySnapshotQuery.View(who.user(), all, own);
    }

    public boolean nothing() {
        return !all && owners.isEmpty();
    }

    /** Whether every entity of the kind may be seen. */
    public boolean all() {
        return all;
    }

    /** Whether an entity in this state may be seen. */
    public boolean sees(JsonNode state) {
        return all || owners.stream().anyMatch(owner -> who.user().equals(owner.text(state)));
    }
}

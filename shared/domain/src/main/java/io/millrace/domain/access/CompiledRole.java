package io.millrace.domain.access;

import io.millrace.contracts.event.Priority;
import io.millrace.domain.model.EventType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A role worked out for each type, by the type's index. Immutable. */
public final class CompiledRole {
    private final AccessLevel[] sight;
    private final AccessLevel[] publish;
    private final @Nullable Priority priority;
    private final List<String> sources;
    private final List<String> manage;

    private CompiledRole(Role role, int types) {
        sight = new AccessLevel[types];
        publish = new AccessLevel[types];
        priority = role.priority();
        sources = role.sources();
        manage = role.manage();
    }

    public static CompiledRole of(Role role, List<EventType> types) {
        CompiledRole rights = new CompiledRole(role, types.size());
        for (EventType type : types) {
            rights.sight[type.index()] = sight(role, type);
            rights.publish[type.index()] = publish(role, type);
        }
        return rights;
    }

    private static AccessLevel sight(Role role, EventType type) {
        AccessLevel best = AccessLevel.NONE;
        for (Role.See rule : role.see()) {
            best = better(best, rule.types(), rule.own(), type);
        }
        return best;
    }

    private static AccessLevel publish(Role role, EventType type) {
        AccessLevel best = AccessLevel.NONE;
        for (Role.Publish rule : role.publish()) {
            best = better(best, rule.types(), rule.own(), type);
        }
        return best;
    }

    private static AccessLevel better(AccessLevel best, String pattern, boolean own, EventType type) {
        if (!Role.covers(pattern, type.name())) {
            return best;
        }
        AccessLevel given = !own ? AccessLevel.ALL : type.owner() == null ? AccessLevel.NONE : AccessLevel.OWN;
        return given.compareTo(best) > 0 ? given : best;
    }

    public AccessLevel sight(EventType type) {
        return sight[type.index()];
    }

    /** Which events of a type they may publish. */
    public AccessLevel publish(EventType type) {
        return publish[type.index()];
    }

    @Nullable
    public Priority priority() {
        return priority;
    }

    public boolean speaksForOthers() {
        return !sources.isEmpty();
    }

    public boolean maySource(String source) {
        for (String pattern : sources) {
            if (Role.covers(pattern, source)) {
                return true;
            }
        }
        return false;
    }

    public boolean mayManage(String what) {
        return manage.contains(what);
    }
}

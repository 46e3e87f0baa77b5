package io.millrace.domain.access;

import io.millrace.contracts.event.Priority;
import io.millrace.domain.model.EventType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A role's rights for each type, by the type's index. Immutable. */
public final class CompiledRole {
    private final AccessLevel[] seeLevels;
    private final AccessLevel[] publishLevels;
    private final @Nullable Priority priority;
    private final List<String> sources;
    private final List<String> manage;

    private CompiledRole(Role role, int types) {
        seeLevels = new AccessLevel[types];
        publishLevels = new AccessLevel[types];
        priority = role.priority();
        sources = role.sources();
        manage = role.manage();
    }

    public static CompiledRole of(Role role, List<EventType> types) {
        CompiledRole rights = new CompiledRole(role, types.size());
        for (EventType type : types) {
            rights.seeLevels[type.index()] = seeLevel(role, type);
            rights.publishLevels[type.index()] = publishLevel(role, type);
        }
        return rights;
    }

    private static AccessLevel seeLevel(Role role, EventType type) {
        AccessLevel best = AccessLevel.NONE;
        for (Role.See rule : role.see()) {
            best = better(best, rule.types(), rule.own(), type);
        }
        return best;
    }

    private static AccessLevel publishLevel(Role role, EventType type) {
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
        AccessLevel level = !own ? AccessLevel.ALL : type.owner() == null ? AccessLevel.NONE : AccessLevel.OWN;
        return level.compareTo(best) > 0 ? level : best;
    }

    public AccessLevel seeLevel(EventType type) {
        return seeLevels[type.index()];
    }

    public AccessLevel publishLevel(EventType type) {
        return publishLevels[type.index()];
    }

    @Nullable
    public Priority priority() {
        return priority;
    }

    /** Whether the role may publish with sources of other users. */
    public boolean publishesForOthers() {
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

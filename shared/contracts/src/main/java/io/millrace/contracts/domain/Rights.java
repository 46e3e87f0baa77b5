package io.millrace.contracts.domain;

import io.millrace.contracts.Priority;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A role worked out for each type, by the type's index. Immutable. */
final class Rights {
    private final Sight[] sight;
    private final Sight[] publish;
    private final @Nullable Priority priority;
    private final List<String> sources;
    private final List<String> manage;

    private Rights(Role role, int types) {
        sight = new Sight[types];
        publish = new Sight[types];
        priority = role.priority();
        sources = role.sources();
        manage = role.manage();
    }

    static Rights of(Role role, List<EventType> types) {
        Rights rights = new Rights(role, types.size());
        for (EventType type : types) {
            rights.sight[type.index()] = sight(role, type);
            rights.publish[type.index()] = publish(role, type);
        }
        return rights;
    }

    private static Sight sight(Role role, EventType type) {
        Sight best = Sight.NONE;
        for (Role.See rule : role.see()) {
            best = better(best, rule.types(), rule.own(), type);
        }
        return best;
    }

    private static Sight publish(Role role, EventType type) {
        Sight best = Sight.NONE;
        for (Role.Publish rule : role.publish()) {
            best = better(best, rule.types(), rule.own(), type);
        }
        return best;
    }

    private static Sight better(Sight best, String pattern, boolean own, EventType type) {
        if (!Role.covers(pattern, type.name())) {
            return best;
        }
        Sight given = !own ? Sight.ALL : type.owner() == null ? Sight.NONE : Sight.OWN;
        return given.compareTo(best) > 0 ? given : best;
    }

    Sight sight(EventType type) {
        return sight[type.index()];
    }

    /** Which events of a type they may publish. */
    Sight publish(EventType type) {
        return publish[type.index()];
    }

    @Nullable
    Priority priority() {
        return priority;
    }

    boolean speaksForOthers() {
        return !sources.isEmpty();
    }

    boolean maySource(String source) {
        for (String pattern : sources) {
            if (Role.covers(pattern, source)) {
                return true;
            }
        }
        return false;
    }

    boolean mayManage(String what) {
        return manage.contains(what);
    }
}

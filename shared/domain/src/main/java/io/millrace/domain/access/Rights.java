package io.millrace.domain.access;

import io.millrace.contracts.event.Priority;
import io.millrace.domain.model.EventType;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/** What the roles of all packs may see and do. A role that no pack declares has no right. Immutable; safe from any thread. */
public final class Rights {
    private final Map<String, CompiledRole> compiled = new HashMap<>();

    public Rights(List<Role> roles, List<EventType> types) {
        roles.forEach(role -> compiled.put(role.name(), CompiledRole.of(role, types)));
    }

    /** The names of all roles. */
    public Set<String> roles() {
        return Collections.unmodifiableSet(compiled.keySet());
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
            CompiledRole known = compiled.get(role);
            AccessLevel level = known == null ? AccessLevel.NONE : levelOf.apply(known);
            best = level.compareTo(best) > 0 ? level : best;
        }
        return best;
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
        return roles.stream().map(compiled::get).anyMatch(role -> role != null && may.test(role));
    }

    /** The highest priority that these roles may give an event of a type: at least the type's own. */
    public Priority highest(Collection<String> roles, EventType type) {
        Priority highest = type.priority();
        for (String role : roles) {
            CompiledRole known = compiled.get(role);
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
            CompiledRole known = compiled.get(role);
            if (known != null && known.maySource(source)) {
                return true;
            }
        }
        return false;
    }
}

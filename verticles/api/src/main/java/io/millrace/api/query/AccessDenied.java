package io.millrace.api.query;

import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.Suggestions;
import io.millrace.domain.DomainModel;
import io.millrace.domain.access.AccessLevel;
import io.millrace.platform.auth.Principal;
import java.util.Collection;

/**
 * The answer about a name that doesn't exist or that the client may not see. Most clients get the same answer for both,
 * so that it doesn't reveal which; a client that sees everything gets a suggestion.
 */
public final class AccessDenied {
    private AccessDenied() {}

    /**
     * @param what {@code stream} or another kind of name
     * @param known the existing names
     */
    static MillraceException of(
            DomainModel domains, Principal who, String what, String name, Collection<String> known) {
        if (known.contains(name) || !seesEverything(domains, who)) {
            return who.refusal("none of your roles may see the " + what + " " + name);
        }
        String nearest = Suggestions.closest(name, known);
        return new MillraceException(
                Failure.NOT_FOUND,
                "there is no " + what + " " + name + (nearest == null ? "" : "; did you mean " + nearest + "?"));
    }

    private static boolean seesEverything(DomainModel domains, Principal who) {
        return domains.types().stream()
                .allMatch(type -> domains.rights().seeLevel(who.roles(), type) == AccessLevel.ALL);
    }
}

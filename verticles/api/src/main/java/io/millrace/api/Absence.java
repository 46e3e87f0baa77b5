package io.millrace.api;

import io.millrace.contracts.Failure;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.domain.Domains;
import io.millrace.contracts.domain.Sight;
import io.millrace.contracts.domain.Suggest;
import io.millrace.platform.Principal;
import java.util.Collection;

/**
 * The answer about a name that the reader may not see, or that there isn't. Most readers get the same one for both, so that
 * it doesn't tell which; a reader who sees everything learns that it is a typing error.
 */
final class Absence {
    private Absence() {}

    /**
     * @param what {@code stream} or another kind of name
     * @param known the names that there are
     */
    static MillraceException of(Domains domains, Principal who, String what, String name, Collection<String> known) {
        if (known.contains(name) || !seesEverything(domains, who)) {
            return who.refusal("none of your roles may see the " + what + " " + name);
        }
        String nearest = Suggest.closest(name, known);
        return new MillraceException(
                Failure.NOT_FOUND,
                "there is no " + what + " " + name + (nearest == null ? "" : "; did you mean " + nearest + "?"));
    }

    private static boolean seesEverything(Domains domains, Principal who) {
        return domains.types().stream().allMatch(type -> domains.sight(who.roles(), type) == Sight.ALL);
    }
}

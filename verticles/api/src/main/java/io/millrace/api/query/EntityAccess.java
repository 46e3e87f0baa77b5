package io.millrace.api.query;

import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.domain.DomainModel;
import io.millrace.domain.access.AccessLevel;
import io.millrace.domain.model.EntityRule;
import io.millrace.domain.model.EventType;
import io.millrace.domain.model.StreamTemplate;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.delivery.EntityVisibility;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The access of a client to the entities of one kind in one stream.
 *
 * @param stream the stream within which an entity's id is unique
 * @param visibility which entities the client may see, at least some
 */
public record EntityAccess(String stream, EntityVisibility visibility) {
    /**
     * Fails with the answer for a client that may see nothing there.
     *
     * @param named the stream that the client names; null for none
     */
    public static EntityAccess of(DomainModel domains, Principal who, String kind, @Nullable String named) {
        String stream = stream(domains, who, kind, named);
        EntityVisibility visibility = EntityVisibility.of(domains, who, kind, stream);
        if (visibility.nothing()) {
            throw seesAll(domains, who, kind)
                    ? new MillraceException(Failure.NOT_FOUND, "the stream " + stream + " has no " + kind)
                    : denied(who, kind);
        }
        return new EntityAccess(stream, visibility);
    }

    public static MillraceException denied(Principal who, String kind) {
        return who.refusal("none of your roles may see this " + kind);
    }

    /** An id is unique only within its stream: the stream may be omitted only if there is just one. */
    private static String stream(DomainModel domains, Principal who, String kind, @Nullable String named) {
        List<EventType> types = domains.typesOfEntity(kind);
        if (types.stream().allMatch(type -> domains.rights().seeLevel(who.roles(), type) == AccessLevel.NONE)) {
            throw AccessDenied.of(domains, who, "kind of entity", kind, kinds(domains));
        }
        if (named != null) {
            return named;
        }
        Set<StreamTemplate> streams =
                types.stream().map(type -> type.namespace().stream()).collect(Collectors.toSet());
        StreamTemplate one = streams.iterator().next();
        if (streams.size() > 1 || one.keyed()) {
            throw new MillraceException(
                    Failure.BAD_MESSAGE,
                    "stream is missing: the id of a " + kind + " is a name within its stream, "
                            + streams.stream()
                                    .map(StreamTemplate::toString)
                                    .sorted()
                                    .collect(Collectors.joining(" or ")));
        }
        return one.toString();
    }

    /** Whether the client sees every entity of the kind, so that an unknown kind may be reported. */
    private static boolean seesAll(DomainModel domains, Principal who, String kind) {
        return domains.typesOfEntity(kind).stream()
                .allMatch(type -> type.namespace().accessClaim() == null
                        && domains.rights().seeLevel(who.roles(), type) == AccessLevel.ALL);
    }

    private static Set<String> kinds(DomainModel domains) {
        return domains.types().stream()
                .flatMap(type -> Stream.ofNullable(type.entity()))
                .map(EntityRule::kind)
                .collect(Collectors.toSet());
    }
}

package io.millrace.platform.delivery;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.text.Suggestions;
import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlNode;
import io.millrace.domain.yaml.YamlObjectReader;
import io.millrace.platform.auth.Principal;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the block {@code as} of a file: in whose name events are published, or seen. */
public final class PrincipalReader {
    private final @Nullable DomainModel domains;
    private final List<ConfigurationError> problems;

    /**
     * @param domains the packs, whose roles are named; null if they couldn't be read
     * @param problems gets every mistake
     */
    public PrincipalReader(@Nullable DomainModel domains, List<ConfigurationError> problems) {
        this.domains = domains;
        this.problems = problems;
    }

    /**
     * Reads a block; without a user or roles, with a mistake, where something is wrong.
     *
     * @param may what nobody may without a role: published, seen
     */
    public Principal read(YamlNode place, String may) {
        YamlObjectReader as = YamlObjectReader.of(place, problems, "user", "roles", "claims");
        if (as == null) {
            return new Principal("", Set.of(), new JsonObject(), Long.MAX_VALUE);
        }
        String user = as.required("user");
        JsonObject claims = new JsonObject(claims(place.at("claims")).toString());
        return new Principal(Objects.requireNonNullElse(user, ""), roles(as, may), claims, Long.MAX_VALUE);
    }

    private Set<String> roles(YamlObjectReader as, String may) {
        Set<String> roles = new LinkedHashSet<>();
        for (YamlNode place : as.texts("roles")) {
            String role = place.node().textValue();
            roles.add(role);
            if (domains != null && !domains.rights().roles().contains(role)) {
                problems.add(place.problem(
                        "\"" + role + "\" is no role of the packs",
                        Suggestions.closest(role, domains.rights().roles())));
            }
        }
        if (roles.isEmpty()) {
            as.wrong("roles", "is missing: without a role nothing may be " + may);
        }
        return roles;
    }

    private ObjectNode claims(YamlNode place) {
        if (place.node() instanceof ObjectNode claims) {
            return claims;
        }
        if (!place.empty()) {
            problems.add(place.problem(place.shown() + " where a block of claims belongs"));
        }
        return JsonNodeFactory.instance.objectNode();
    }
}

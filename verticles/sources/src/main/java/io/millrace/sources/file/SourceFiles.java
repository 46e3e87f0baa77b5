package io.millrace.sources.file;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.text.Suggestions;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.EventType;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlDocument;
import io.millrace.domain.yaml.YamlNode;
import io.millrace.domain.yaml.YamlObjectReader;
import io.millrace.mapping.DocumentMapping;
import io.millrace.mapping.MappingReader;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.settings.YamlFiles;
import io.millrace.sources.signature.SignatureReader;
import io.millrace.sources.webhook.WebhookSource;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the files of sources. Belongs to one thread. */
public final class SourceFiles {
    /** It is a part of a URL, and of metrics. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    private static final Set<String> ATTRIBUTES = Set.of(WebhookSource.DELIVERY, WebhookSource.EVENT);

    private final Map<String, String> environment;
    private final @Nullable DomainModel domains;
    private final List<ConfigurationError> problems;

    /**
     * @param environment where the secrets are
     * @param domains the packs, whose types and roles the files name; null if they couldn't be read
     * @param problems gets every mistake of every file
     */
    public SourceFiles(
            Map<String, String> environment, @Nullable DomainModel domains, List<ConfigurationError> problems) {
        this.environment = environment;
        this.domains = domains;
        this.problems = problems;
    }

    /** Reads every {@code *.yaml} of a folder; none if there is no such folder. */
    public List<WebhookSource> read(Path folder) {
        List<WebhookSource> sources = new ArrayList<>();
        Set<String> names = new LinkedHashSet<>();
        for (Path file : Files.isDirectory(folder) ? YamlFiles.in(folder, problems) : List.<Path>of()) {
            YamlDocument document = YamlFiles.read(file, problems);
            WebhookSource source = document == null ? null : source(document.root());
            if (source != null) {
                sources.add(source);
            }
            if (document != null
                    && !names.add(document.root().at("source").node().asText())) {
                problems.add(document.root().at("source").problem("is the name of another file's source too"));
            }
        }
        return List.copyOf(sources);
    }

    /** Null, with a mistake, if something is wrong. */
    @Nullable
    WebhookSource source(YamlNode root) {
        int before = problems.size();
        YamlObjectReader block = YamlObjectReader.of(
                root, problems, "source", "as", "webhook", "values", "skip", "rows", "events", "unmapped");
        if (block == null) {
            return null;
        }
        String name = block.matching(block.required("source"), "source", NAME, "name of a source");
        YamlObjectReader as = YamlObjectReader.of(root.at("as"), problems, "user", "roles", "claims");
        String user = as == null ? null : as.required("user");
        Set<String> roles = as == null ? Set.of() : roles(as);
        ObjectNode claims = as == null
                ? JsonNodeFactory.instance.objectNode()
                : claims(root.at("as").at("claims"));
        SignatureReader.Read signature = new SignatureReader(environment, problems).read(root.at("webhook"));
        DocumentMapping mapping =
                MappingReader.ofDocuments(root, Objects.requireNonNullElse(name, ""), ATTRIBUTES, problems);
        checkRights(Objects.requireNonNullElse(name, ""), Objects.requireNonNullElse(user, ""), roles, root);
        WebhookSource.Unmapped unmapped = block.choice("unmapped", "answer", WebhookSource.Unmapped.class);
        if (problems.size() > before || name == null || user == null || signature == null) {
            return null;
        }
        return new WebhookSource(
                name,
                new Principal(user, roles, new JsonObject(claims.toString()), Long.MAX_VALUE),
                signature.scheme(),
                Objects.requireNonNull(signature.signature()),
                mapping,
                Objects.requireNonNullElse(unmapped, WebhookSource.Unmapped.COUNT));
    }

    private Set<String> roles(YamlObjectReader as) {
        Set<String> roles = new LinkedHashSet<>();
        for (YamlNode place : as.texts("roles")) {
            String role = place.node().textValue();
            roles.add(role);
            if (domains != null && !domains.roles().contains(role)) {
                problems.add(place.problem(
                        "\"" + role + "\" is no role of the packs", Suggestions.closest(role, domains.roles())));
            }
        }
        if (roles.isEmpty()) {
            as.wrong("roles", "is missing: without a role nothing may be published");
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

    /** What the packs would refuse with every delivery is a mistake of the file. */
    private void checkRights(String name, String user, Set<String> roles, YamlNode root) {
        if (domains == null) {
            return;
        }
        if (!name.isEmpty() && !user.isEmpty() && !domains.maySource(roles, user, name)) {
            problems.add(root.at("source")
                    .problem("none of the roles may publish with the source " + name
                            + ": a pack lists it in sources of a role, or the user has the same name"));
        }
        List<String> known = domains.types().stream().map(type -> type.name()).toList();
        YamlNode events = root.at("events");
        for (YamlNode rule : events.node().isArray() ? events.children() : List.<YamlNode>of()) {
            String typeName = rule.at("type").node().asText();
            EventType type = domains.type(typeName);
            if (type == null && !typeName.isBlank()) {
                problems.add(rule.at("type")
                        .problem("\"" + typeName + "\" is no type of the packs", Suggestions.closest(typeName, known)));
            } else if (type != null && !roles.isEmpty() && !domains.mayPublish(roles, type)) {
                problems.add(rule.at("type").problem("none of the roles may publish " + typeName));
            }
        }
    }
}

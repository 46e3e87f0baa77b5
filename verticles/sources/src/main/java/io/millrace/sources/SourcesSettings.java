package io.millrace.sources;

import io.millrace.contracts.text.ClientJson;
import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlDocument;
import io.millrace.mapping.DocumentMapping;
import io.millrace.mapping.MappingException;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.settings.YamlFiles;
import io.millrace.sources.webhook.WebhookSource;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.AbstractMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The sources of a node, one file each. */
public record SourcesSettings(List<WebhookSource> webhooks) {
    /**
     * Reads every {@code *.yaml} of a folder; none if there is no such folder.
     *
     * @param environment where the secrets are
     * @param domains the packs, whose types and roles the files name; null if they couldn't be read
     * @param problems gets every mistake of every file
     */
    public static SourcesSettings read(
            Path folder,
            Map<String, String> environment,
            @Nullable DomainModel domains,
            List<ConfigurationError> problems) {
        return new SourcesSettings(new SourceFiles(environment, domains, problems).read(folder));
    }

    /**
     * Reads one file to try it out; its secrets need not be there.
     *
     * @return null, with mistakes, if something is wrong
     */
    public static @Nullable SourcesSettings trial(Path file, DomainModel domains, List<ConfigurationError> problems) {
        YamlDocument document = YamlFiles.read(file, problems);
        WebhookSource source =
                document == null ? null : new SourceFiles(new NoSecrets(), domains, problems).source(document.root());
        return source == null ? null : new SourcesSettings(List.of(source));
    }

    /**
     * What the file under trial makes of a body.
     *
     * @param delivery the identity of the delivery
     * @param event the kind of delivery
     * @throws MappingException the body doesn't hold what it needs to
     */
    public DocumentMapping.Result tryOut(byte[] body, String delivery, String event) {
        return webhooks.get(0)
                .mapping()
                .apply(
                        ClientJson.object("the body", body),
                        Map.of(WebhookSource.DELIVERY, delivery, WebhookSource.EVENT, event));
    }

    /** Who publishes the events of the file under trial. */
    public Principal publisher() {
        WebhookSource source = webhooks.get(0);
        return new Principal(
                source.user(), source.roles(), new JsonObject(source.claims().toString()), Long.MAX_VALUE);
    }

    /** An environment in which every variable holds what could be a secret of each scheme. */
    private static final class NoSecrets extends AbstractMap<String, String> {
        private static final String ANY = "0".repeat(64);

        @Override
        public @Nullable String get(@Nullable Object name) {
            return String.valueOf(name).endsWith("_FILE") ? null : ANY;
        }

        @Override
        public Set<Entry<String, String>> entrySet() {
            return Set.of();
        }
    }
}

package io.millrace.sources.file;

import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.ClientJson;
import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlDocument;
import io.millrace.mapping.DocumentMapping;
import io.millrace.mapping.MappingException;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.settings.YamlFiles;
import io.millrace.sources.webhook.WebhookSource;
import java.nio.file.Path;
import java.util.AbstractMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A source that is tried out: what it makes of a body, without a server, a sender or a secret. Immutable. */
public final class SourceTrial {
    private final WebhookSource source;

    private SourceTrial(WebhookSource source) {
        this.source = source;
    }

    /** Reads a file; null, with mistakes, if something is wrong. */
    public static @Nullable SourceTrial of(Path file, DomainModel domains, List<ConfigurationError> problems) {
        YamlDocument document = YamlFiles.read(file, problems);
        WebhookSource source =
                document == null ? null : new SourceFiles(new AnySecret(), domains, problems).source(document.root());
        return source == null ? null : new SourceTrial(source);
    }

    /** In whose name the events would be published. */
    public Principal publisher() {
        return source.publisher();
    }

    /**
     * @param delivery the identity of the delivery
     * @param event the kind of delivery
     * @throws MillraceException the body is no JSON object
     * @throws MappingException the body doesn't hold what it needs to
     */
    public DocumentMapping.Result apply(byte[] body, String delivery, String event) {
        return source.mapping()
                .apply(
                        ClientJson.object("the body", body),
                        Map.of(WebhookSource.DELIVERY, delivery, WebhookSource.EVENT, event));
    }

    /** An environment in which every variable holds what could be a secret of each scheme. */
    private static final class AnySecret extends AbstractMap<String, String> {
        private static final String SECRET = "0".repeat(64);

        @Override
        public @Nullable String get(@Nullable Object name) {
            return String.valueOf(name).endsWith("_FILE") ? null : SECRET;
        }

        @Override
        public Set<Entry<String, String>> entrySet() {
            return Set.of();
        }
    }
}

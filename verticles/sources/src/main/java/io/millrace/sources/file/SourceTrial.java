package io.millrace.sources.file;

import io.millrace.contracts.failure.MillraceException;
import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlDocument;
import io.millrace.mapping.DocumentMapping;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.settings.YamlFiles;
import io.millrace.sources.intake.ConfiguredSource;
import io.millrace.sources.intake.SourceMessage;
import java.nio.file.Path;
import java.util.AbstractMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A source that is tried out: what it makes of a body, without a server, a sender or a secret. Immutable. */
public final class SourceTrial {
    private final ConfiguredSource source;

    private SourceTrial(ConfiguredSource source) {
        this.source = source;
    }

    /** Reads a file; null, with mistakes, if something is wrong. */
    public static @Nullable SourceTrial of(Path file, DomainModel domains, List<ConfigurationError> problems) {
        YamlDocument document = YamlFiles.read(file, problems);
        ConfiguredSource source =
                document == null ? null : new SourceFiles(new AnySecret(), domains, problems).source(document.root());
        return source == null ? null : new SourceTrial(source);
    }

    /** In whose name the events would be published. */
    public Principal publisher() {
        return source.source().publisher();
    }

    /**
     * @param attributes what comes beside the message, by names that begin with #
     * @throws MillraceException no event can be made of it
     */
    public DocumentMapping.Result apply(byte[] message, Map<String, String> attributes) {
        return source.map(new SourceMessage(message, attributes, null, SourceMessage.Origin.of("trial", message)));
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

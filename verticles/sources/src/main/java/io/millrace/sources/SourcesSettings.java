package io.millrace.sources;

import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.kafka.KafkaSettings;
import io.millrace.platform.settings.Settings;
import io.millrace.postgres.PostgresSettings;
import io.millrace.postgres.lease.LeaseKind;
import io.millrace.postgres.lease.LeaseSettings;
import io.millrace.sources.file.SourceFiles;
import io.millrace.sources.gateway.GatewaySourceSettings;
import io.millrace.sources.intake.ConfiguredSource;
import io.millrace.sources.redis.RedisSource;
import io.millrace.sources.redis.RedisSourceSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The sources of a node, one file each.
 *
 * @param pulled what those need that Millrace reads by itself; null while the node's settings aren't known
 */
public record SourcesSettings(List<ConfiguredSource> all, @Nullable Pulled pulled) {
    /**
     * What sources need of the node that Millrace reads by itself.
     *
     * @param kafka the node's own
     */
    record Pulled(
            LeaseSettings lease,
            PostgresSettings postgres,
            RedisSourceSettings redis,
            GatewaySourceSettings gateway,
            KafkaSettings kafka) {}

    /** Sources of a node whose settings aren't known yet. */
    public SourcesSettings(List<ConfiguredSource> all) {
        this(all, null);
    }

    /** The same on a node with these settings. */
    SourcesSettings with(Settings settings) {
        RedisSourceSettings redis = RedisSourceSettings.from(settings);
        of(RedisSource.class).forEach(source -> redis.redis()
                .checkAuthority(
                        settings,
                        source.address(),
                        "the source " + source.source().name()));
        return new SourcesSettings(
                all,
                new Pulled(
                        LeaseSettings.from(settings, LeaseKind.SOURCE),
                        PostgresSettings.from(settings),
                        redis,
                        GatewaySourceSettings.from(settings),
                        KafkaSettings.from(settings)));
    }

    /** Those of one kind. */
    <T extends ConfiguredSource> List<T> of(Class<T> kind) {
        return all.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

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
}

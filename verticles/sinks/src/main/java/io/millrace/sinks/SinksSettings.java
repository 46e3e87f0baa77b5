package io.millrace.sinks;

import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.kafka.KafkaSettings;
import io.millrace.platform.settings.Settings;
import io.millrace.postgres.PostgresSettings;
import io.millrace.postgres.lease.LeaseKind;
import io.millrace.postgres.lease.LeaseSettings;
import io.millrace.redis.RedisSettings;
import io.millrace.sinks.file.SinkFiles;
import io.millrace.sinks.message.ConfiguredSink;
import io.millrace.sinks.message.FollowSettings;
import io.millrace.sinks.redis.RedisSink;
import io.millrace.sinks.webhook.WebhookSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The sinks of a node, one file each.
 *
 * @param needs what they need of the node; null while the node's settings aren't known
 */
public record SinksSettings(List<ConfiguredSink> all, @Nullable Needs needs) {
    /**
     * What sinks need of the node.
     *
     * @param redis the node's own Redis
     * @param kafka the node's own Kafka
     */
    record Needs(
            LeaseSettings lease,
            FollowSettings follow,
            WebhookSettings webhook,
            PostgresSettings postgres,
            RedisSettings redis,
            KafkaSettings kafka) {}

    /** Sinks of a node whose settings aren't known yet. */
    public SinksSettings(List<ConfiguredSink> all) {
        this(all, null);
    }

    /** The same on a node with these settings. */
    SinksSettings with(Settings settings) {
        RedisSettings redis = RedisSettings.from(settings);
        for (ConfiguredSink each : all) {
            if (each instanceof RedisSink sink) {
                redis.checkAuthority(
                        settings, sink.address(), "the sink " + sink.sink().name());
            }
        }
        return new SinksSettings(
                all,
                new Needs(
                        LeaseSettings.from(settings, LeaseKind.SINK),
                        FollowSettings.from(settings),
                        WebhookSettings.from(settings),
                        PostgresSettings.from(settings),
                        redis,
                        KafkaSettings.from(settings)));
    }

    /**
     * Reads every {@code *.yaml} of a folder; none if there is no such folder.
     *
     * @param environment where the secrets are
     * @param domains the packs, whose streams and roles the files name; null if they couldn't be read
     * @param problems gets every mistake of every file
     */
    public static SinksSettings read(
            Path folder,
            Map<String, String> environment,
            @Nullable DomainModel domains,
            List<ConfigurationError> problems) {
        return new SinksSettings(new SinkFiles(environment, domains, problems).read(folder));
    }
}

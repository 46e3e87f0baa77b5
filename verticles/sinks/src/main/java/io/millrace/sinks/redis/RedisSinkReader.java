package io.millrace.sinks.redis;

import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlNode;
import io.millrace.domain.yaml.YamlObjectReader;
import io.millrace.mapping.DocumentExpression;
import io.millrace.platform.settings.RedisAddress;
import io.millrace.sinks.message.ConfiguredSink;
import io.millrace.sinks.message.MessageBody;
import io.millrace.sinks.message.Sink;
import io.millrace.sinks.message.SinkMessage;
import java.util.List;
import java.util.Map;

/** Reads the block {@code redis} of a sink's file. Belongs to one thread. */
public final class RedisSinkReader {
    private final Map<String, String> environment;
    private final List<ConfigurationError> problems;

    /**
     * @param environment where the password is
     * @param problems gets every mistake
     */
    public RedisSinkReader(Map<String, String> environment, List<ConfigurationError> problems) {
        this.environment = environment;
        this.problems = problems;
    }

    /** None, with a mistake, if something is wrong. */
    public List<ConfiguredSink> read(YamlNode place, Sink sink, MessageBody body) {
        YamlObjectReader block = YamlObjectReader.of(place, problems, "uri", "password", "ca", "channel");
        if (block == null) {
            return List.of();
        }
        RedisAddress address = RedisAddress.read(block, environment);
        return List.of(new RedisSink(
                sink, address, DocumentExpression.text(block.at("channel"), SinkMessage.NAMES, problems), body));
    }
}
